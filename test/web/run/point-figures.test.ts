import { expect, test } from '@jest/globals';
import type { SeriesList } from '../../../src/queries/shapes.ts';
import { ApiError, type RequestJson } from '../../../web/api/request.ts';
import { PointFigures } from '../../../web/run/point-figures.ts';

/** A server whose every answer has the number of the request as the last value; the trial `empty` has no point. */
function server() {
  const asked: { readonly trials: readonly string[]; readonly names: readonly string[] }[] = [];
  const faults: Error[] = [];
  const request = async (path: string, { signal }: { readonly signal?: AbortSignal } = {}) => {
    const query = new URL(path, 'http://t').searchParams;
    const [trials, names] = [query.getAll('trial'), query.getAll('name')];
    asked.push({ trials, names });
    const last = asked.length;
    await Promise.resolve();
    signal?.throwIfAborted();
    const fault = faults.shift();
    if (fault !== undefined) throw fault;
    const series = trials.flatMap((trial_id) =>
      names.map((name) =>
        trial_id === 'empty'
          ? { trial_id, name, last: [], min: null, max: null, min_step: null, max_step: null }
          : { trial_id, name, last: [last], min: [0], max: [9], min_step: 1, max_step: 2 },
      ),
    );
    return { series } as unknown as SeriesList;
  };
  return { asked, faults, request: request as RequestJson };
}

const never = new AbortController().signal;

test('figures are read once, also those of a series without points', async () => {
  const { asked, request } = server();
  const figures = new PointFigures('r', request);
  await figures.open(['a', 'empty'], ['loss'], never);
  await figures.open(['a', 'empty'], ['loss'], never);
  expect(asked).toEqual([{ trials: ['a', 'empty'], names: ['loss'] }]);
  expect(figures.of('a', 'loss')).toEqual({ last: 1, min: 0, max: 9, min_step: 1, max_step: 2 });
  expect(figures.of('empty', 'loss')).toBeUndefined();
});

test('a renewed trial is read again for each list of columns, and shown until then', async () => {
  const { asked, request } = server();
  const figures = new PointFigures('r', request);
  const open = async (): Promise<void> => {
    await figures.open(['a'], ['loss'], never);
    await figures.open(['a'], ['accuracy'], never);
  };
  await open();
  figures.renew(['a']);
  expect(figures.of('a', 'accuracy')?.last).toBe(2);
  await open();
  expect(asked).toHaveLength(4);
  expect([figures.of('a', 'loss')?.last, figures.of('a', 'accuracy')?.last]).toEqual([3, 4]);
});

test('a trial that is renewed, or forgotten, while it is read is read again', async () => {
  const { asked, request } = server();
  const figures = new PointFigures('r', request);
  const first = figures.open(['a'], ['loss'], never);
  figures.renew(['a']);
  await first;
  const second = figures.open(['a'], ['loss'], never);
  figures.forget();
  await second;
  await figures.open(['a'], ['loss'], never);
  expect(asked).toHaveLength(3);
  expect(figures.of('a', 'loss')?.last).toBe(3);
});

test('a reading that fails or is cancelled leaves what is shown, and is done again', async () => {
  const { asked, faults, request } = server();
  const figures = new PointFigures('r', request);
  await figures.open(['a'], ['loss'], never);
  figures.renew(['a']);
  faults.push(new ApiError(503, 'unavailable', 'later'));
  await expect(figures.open(['a'], ['loss'], never)).rejects.toThrow('later');
  await expect(figures.open(['a'], ['loss'], AbortSignal.abort(new Error('scrolled')))).rejects.toThrow('scrolled');
  expect(figures.of('a', 'loss')?.last).toBe(1);
  await figures.open(['a'], ['loss'], never);
  expect(figures.of('a', 'loss')?.last).toBe(4);
  expect(asked).toHaveLength(4);
});

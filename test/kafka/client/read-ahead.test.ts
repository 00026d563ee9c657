import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createReadAhead, type Fetched } from '../../../src/kafka/client/read-ahead.ts';

const always = (): boolean => true;

/** The batch of offsets `first` to `last` of a partition with `end` records, and where the next fetch would start. */
function fetched(first: number, last: number, end: number, partition = 0) {
  const positions: string[] = [];
  const messages = Array.from({ length: last - first + 1 }, (_, index) => ({ offset: String(first + index) }));
  const batch = { topic: 't', partition, highWatermark: String(end), messages, lastOffset: () => String(last) };
  const payload: Fetched = { batch, resolveOffset: (offset) => void positions.push(offset) };
  return { ...payload, positions };
}

/** A handler that ends when it is told to. */
function held() {
  const begun = Promise.withResolvers<(offset: string) => void>();
  const end = Promise.withResolvers<void>();
  const handle = (reach: (offset: string) => void): Promise<void> => {
    begun.resolve(reach);
    return end.promise;
  };
  return { handle, begun: begun.promise, end };
}

const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false;
  promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  return settled;
};

describe('more is fetched', () => {
  test('at once, from the end of the batch, if the partition has more records', async () => {
    const readAhead = createReadAhead(1);
    const [batch, handler] = [fetched(0, 4, 6), held()];
    await readAhead.handle(batch, always, handler.handle);
    const reach = await handler.begun;
    expect(batch.positions).toEqual(['4']);
    reach('2');
    expect(batch.positions).toEqual(['4']);
    expect(await isSettled(readAhead.drain())).toBe(false);
    handler.end.resolve();
    await readAhead.drain();
  });

  test('after the last record of a partition once it is handled, from the offset the handler reached', async () => {
    const readAhead = createReadAhead(1);
    const [batch, handler] = [fetched(0, 4, 5), held()];
    const handled = readAhead.handle(batch, always, handler.handle);
    const reach = await handler.begun;
    expect(await isSettled(handled)).toBe(false);
    reach('2');
    reach('4');
    expect(batch.positions).toEqual(['2', '4']);
    handler.end.resolve();
    await handled;
  });
});

test('a handler may reach its last record before its first await', async () => {
  const readAhead = createReadAhead(1);
  const handle = async (reach: (offset: string) => void): Promise<void> => reach('4');
  await readAhead.handle(fetched(0, 4, 9), always, handle);
  const next = fetched(5, 8, 9);
  await readAhead.handle(next, always, async (reach) => reach('8'));
  expect(next.positions).toEqual(['8']);
});

test('a batch is started when the previous one of its partition has ended', async () => {
  const readAhead = createReadAhead(2);
  const [first, second] = [held(), held()];
  await readAhead.handle(fetched(0, 4, 9), always, first.handle);
  const next = readAhead.handle(fetched(5, 8, 9), always, second.handle);
  expect(await isSettled(second.begun)).toBe(false);
  (await first.begun)('4');
  first.end.resolve();
  await second.begun;
  second.end.resolve();
  await next;
});

test('the number of batches handled at once is bounded', async () => {
  const readAhead = createReadAhead(2);
  const handlers = [held(), held(), held()];
  await readAhead.handle(fetched(0, 4, 9, 0), always, handlers[0]?.handle ?? fail);
  await readAhead.handle(fetched(0, 4, 9, 1), always, handlers[1]?.handle ?? fail);
  const third = readAhead.handle(fetched(0, 4, 9, 2), always, handlers[2]?.handle ?? fail);
  expect(await isSettled(third)).toBe(false);
  handlers[0]?.end.resolve();
  await third;
  for (const { end } of handlers) end.resolve();
  await readAhead.drain();
});

describe('a batch that ends before its last record', () => {
  test.each([
    ['by a return', undefined],
    ['by an error', new Error('the group is rebalancing')],
  ])('%s is fetched again behind what it reached, and what was read ahead is not handled', async (_, error) => {
    const readAhead = createReadAhead(1);
    const [batch, handler] = [fetched(10, 14, 20), held()];
    await readAhead.handle(batch, always, handler.handle);
    (await handler.begun)('12');
    if (error === undefined) handler.end.resolve();
    else handler.end.reject(error);
    const next = fetched(15, 19, 20);
    const handled = readAhead.handle(next, always, fail);
    if (error === undefined) await handled;
    else await expect(handled).rejects.toBe(error);
    expect(next.positions).toEqual(['12']);
  });

  test('is fetched again from its first record if it reached none', async () => {
    const readAhead = createReadAhead(1);
    await readAhead.handle(fetched(0, 4, 9), always, async () => undefined);
    const next = fetched(5, 8, 9);
    await readAhead.handle(next, always, fail);
    expect(next.positions).toEqual(['-1']);
  });

  test('moves no position after the group reassigned the partition: the positions start over', async () => {
    const readAhead = createReadAhead(1);
    let generation = 1;
    await readAhead.handle(
      fetched(0, 4, 9),
      () => generation === 1,
      async () => undefined,
    );
    generation = 2;
    const next = fetched(3, 8, 9);
    const handled = held();
    handled.end.resolve();
    await readAhead.handle(next, always, handled.handle);
    await handled.begun;
    expect(next.positions).toEqual([]);
  });
});

test('a batch fetched in an earlier generation of the group is not handled', async () => {
  const batch = fetched(0, 4, 9);
  await createReadAhead(1).handle(batch, () => false, fail);
  expect(batch.positions).toEqual([]);
});

/** A handler that is not to be called. */
function fail(): Promise<void> {
  throw new Error('this batch was not to be handled');
}

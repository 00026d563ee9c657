import { expect, test } from '@jest/globals';
import { ApiError, type RequestJson } from '../../../web/api/request.ts';
import { TrialPages } from '../../../web/run/trial-pages.ts';

/** A server that refuses a cursor with another path than its own, as the real one does. */
function server(pages = 3) {
  const asked: string[] = [];
  const faults: Error[] = [];
  const request = async (address: string, { signal }: { readonly signal?: AbortSignal } = {}) => {
    asked.push(address);
    await Promise.resolve();
    signal?.throwIfAborted();
    const fault = faults.shift();
    if (fault !== undefined) throw fault;
    const [path = '', query] = address.split(/(?<=\?)&/);
    const cursor = new URLSearchParams(query).get('cursor') ?? '';
    const [from, number] = cursor.split('|');
    if (from !== path) throw new ApiError(400, 'cursor_mismatch', 'the cursor is of another list');
    const next = Number(number) + 1;
    return { trials: [{ trial_id: cursor }], total: null, next_cursor: next < pages ? `${path}|${next}` : null };
  };
  return { asked, faults, request: request as unknown as RequestJson };
}

const idOf = (page: { readonly trials: readonly { readonly trial_id: string }[] } | undefined) =>
  page?.trials[0]?.trial_id;

test('pages follow each other to the end of the list', async () => {
  const pages = new TrialPages(server().request);
  pages.start('/a?', '/a?|1');
  expect(idOf(await pages.next(10))).toBe('/a?|1');
  expect(pages.isWhole).toBe(false);
  expect(idOf(await pages.next(10))).toBe('/a?|2');
  expect(pages.isWhole).toBe(true);
  expect(await pages.next(10)).toBeUndefined();
});

test('after a change of the filter, no cursor of the old list is sent', async () => {
  const { asked, request } = server();
  const pages = new TrialPages(request);
  pages.start('/a?', '/a?|1');
  const old = pages.next(10);
  pages.stop();
  expect(await pages.next(10)).toBeUndefined();
  expect(await old).toBeUndefined();
  pages.start('/b?', '/b?|1');
  expect(idOf(await pages.next(10))).toBe('/b?|1');
  expect(asked).toHaveLength(2);
});

test('a new list is read although a page of the old one has not arrived, and that one is dropped', async () => {
  const pages = new TrialPages(server().request);
  pages.start('/a?', '/a?|1');
  const old = pages.next(10);
  pages.start('/b?', '/b?|1');
  const [first, second] = await Promise.all([old, pages.next(10)]);
  expect([idOf(first), idOf(second)]).toEqual([undefined, '/b?|1']);
});

test('one page is read at a time', async () => {
  const { asked, request } = server();
  const pages = new TrialPages(request);
  pages.start('/a?', '/a?|1');
  await Promise.all([pages.next(10), pages.next(10)]);
  expect(asked).toHaveLength(1);
});

test('a page that fails is read again from the same place', async () => {
  const { faults, request } = server();
  const pages = new TrialPages(request);
  pages.start('/a?', '/a?|1');
  faults.push(new ApiError(503, 'unavailable', 'later'));
  await expect(pages.next(10)).rejects.toThrow('later');
  expect(idOf(await pages.next(10))).toBe('/a?|1');
});

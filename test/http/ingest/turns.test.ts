import { expect, test } from '@jest/globals';
import type { Client } from '../../../src/access/client.ts';
import { Turns } from '../../../src/http/ingest/turns.ts';

/** Turns by a clock that only work advances. */
function createTurns(): { readonly turns: Turns; readonly work: (ms: number) => void } {
  let ms = 0;
  const work = (more: number): void => {
    ms += more;
  };
  return { turns: new Turns(() => ms), work };
}

/** A request that works in pieces of a millisecond, and notes when it starts and ends. */
async function request(
  { turns, work }: ReturnType<typeof createTurns>,
  name: string,
  pieces: number,
  notes: string[],
  client: Client = 'key:a',
): Promise<void> {
  while (turns.due) await turns.next(client);
  notes.push(`${name} starts`);
  let since = turns.start();
  for (let done = 0; done < pieces; done += 1) {
    work(1);
    if (!turns.long(since)) continue;
    await turns.pause(since, client);
    since = turns.start();
  }
  turns.count(since);
  notes.push(`${name} ends`);
}

test('lets short requests overtake long ones', async () => {
  const turns = createTurns();
  const notes: string[] = [];
  const long = request(turns, 'long', 60, notes);
  await Promise.all([long, request(turns, 'short', 1, notes), request(turns, 'other', 1, notes)]);
  expect(notes).toEqual(['long starts', 'short starts', 'short ends', 'other starts', 'other ends', 'long ends']);
});

test('does not delay the request of one client by those of another', async () => {
  const turns = createTurns();
  const notes: string[] = [];
  const many = Array.from({ length: 50 }, (_, at) => request(turns, `${at}`, 10, notes));
  await Promise.all([...many, request(turns, 'other', 1, notes, 'key:b')]);
  expect(notes.indexOf('other ends')).toBeLessThan(10);
});

test('gives the event loop a turn after few milliseconds, however many requests work', async () => {
  const { turns, work } = createTurns();
  let worked = 0;
  let longest = 0;
  let lastTurn = 0;
  let isDone = false;
  const note = (): void => {
    longest = Math.max(longest, worked - lastTurn);
    lastTurn = worked;
    if (!isDone) setImmediate(note);
  };
  setImmediate(note);
  const counted = {
    turns,
    work: (ms: number) => {
      worked += ms;
      work(ms);
    },
  };
  await Promise.all(Array.from({ length: 100 }, (_, at) => request(counted, `${at}`, 1 + (at % 20), [])));
  isDone = true;
  expect(worked).toBe(5 * 210);
  // Requests that start work for a turn and a piece more, and one that was paused for another turn.
  expect(longest).toBeLessThanOrEqual(2 * 4 + 4);
});

test('lets a request start at once while little was done', () => {
  const { turns, work } = createTurns();
  const since = turns.start();
  work(3);
  turns.count(since);
  expect(turns.due).toBe(false);
  work(1);
  turns.count(since);
  expect(turns.due).toBe(true);
});

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

/** A request that works in pieces of half a millisecond, and notes when it starts and ends. */
async function request(
  { turns, work }: ReturnType<typeof createTurns>,
  name: string,
  pieces: number,
  notes: string[],
  client: Client = 'key:a',
): Promise<void> {
  while (turns.due) await turns.next(client);
  notes.push(`${name} starts`);
  turns.start(client);
  for (let done = 0; done < pieces; done += 1) {
    work(0.5);
    if (!turns.long) continue;
    await turns.pause(client);
    turns.resume();
  }
  turns.end();
  notes.push(`${name} ends`);
}

/** Calls `note` in each turn of the loop until `work` is done. */
async function observeTurns(work: Promise<unknown>, note: () => void): Promise<void> {
  let isDone = false;
  const next = (): void => {
    note();
    if (!isDone) setImmediate(next);
  };
  setImmediate(next);
  await work;
  isDone = true;
}

test('lets short requests overtake long ones', async () => {
  const turns = createTurns();
  const notes: string[] = [];
  const long = request(turns, 'long', 120, notes);
  await Promise.all([long, request(turns, 'short', 1, notes), request(turns, 'other', 1, notes)]);
  expect(notes).toEqual(['long starts', 'short starts', 'short ends', 'other starts', 'other ends', 'long ends']);
});

test('does not delay the request of one client by those of another', async () => {
  const turns = createTurns();
  const notes: string[] = [];
  const many = Array.from({ length: 50 }, (_, at) => request(turns, `${at}`, 20, notes));
  await Promise.all([...many, request(turns, 'other', 1, notes, 'key:b')]);
  expect(notes.indexOf('other ends')).toBeLessThan(10);
});

test('gives the event loop a turn after few milliseconds, however many requests work', async () => {
  const { turns, work } = createTurns();
  let worked = 0;
  let longest = 0;
  let lastTurn = 0;
  const counted = {
    turns,
    work: (ms: number) => {
      worked += ms;
      work(ms);
    },
  };
  const all = Promise.all(Array.from({ length: 100 }, (_, at) => request(counted, `${at}`, 2 + 2 * (at % 20), [])));
  await observeTurns(all, () => {
    longest = Math.max(longest, worked - lastTurn);
    lastTurn = worked;
  });
  expect(worked).toBe(5 * 210);
  // Requests that start work for a turn and a piece more, and one that was paused for another turn.
  expect(longest).toBeLessThanOrEqual(2 * 4 + 4);
});

test('rests between the pieces of long requests, so that a short one passes through several turns', async () => {
  const { turns, work } = createTurns();
  let worked = 0;
  const counted = {
    turns,
    work: (ms: number) => {
      worked += ms;
      work(ms);
    },
  };
  const workedByTurn: number[] = [];
  const long = Promise.all(['a', 'b', 'c'].map((name) => request(counted, name, 100, [], `key:${name}`)));
  await observeTurns(long, () => workedByTurn.push(worked));
  const pieces = workedByTurn.flatMap((sum, turn) => (sum > (workedByTurn[turn - 1] ?? 0) ? [turn] : []));
  const rests = pieces.slice(2).map((turn, at) => turn - (pieces[at + 1] ?? 0));
  expect(rests.length).toBeGreaterThan(10);
  // This observer may run before or after the requests of its turn.
  expect(Math.min(...rests)).toBeGreaterThanOrEqual(15);
});

test('does not rest while there is only one client', async () => {
  let turnsOfLoop = 0;
  await observeTurns(request(createTurns(), 'long', 80, []), () => {
    turnsOfLoop += 1;
  });
  expect(turnsOfLoop).toBeLessThanOrEqual(10 + 1);
});

test('ends the rest after some time when the turns are busy', async () => {
  const { turns, work } = createTurns();
  let turnsOfLoop = 0;
  const all = [request({ turns, work }, 'short', 1, [], 'key:b'), request({ turns, work }, 'long', 80, [])];
  await observeTurns(Promise.all(all), () => {
    turnsOfLoop += 1;
    work(8);
  });
  // Ten pieces of 4 ms, with a rest of 16 ms after each of them but the last.
  expect(turnsOfLoop).toBeLessThanOrEqual(10 * 3);
});

test('completes the long requests of a client one after another', async () => {
  const turns = createTurns();
  const notes: string[] = [];
  await Promise.all(['a', 'b', 'c'].map((name) => request(turns, name, 40, notes)));
  expect(notes).toEqual(['a starts', 'b starts', 'c starts', 'a ends', 'b ends', 'c ends']);
});

test('works less for a request that starts while others of its client are paused', async () => {
  const turns = createTurns();
  const notes: string[] = [];
  const all = [
    request(turns, 'long', 60, notes),
    request(turns, 'same client', 4, notes),
    request(turns, 'other client', 4, notes, 'key:b'),
  ];
  await Promise.all(all);
  expect(notes.slice(-3)).toEqual(['other client ends', 'long ends', 'same client ends']);
});

test('lets a request start at once while little was done', () => {
  const { turns, work } = createTurns();
  turns.start('key:a');
  work(3);
  turns.end();
  expect(turns.due).toBe(false);
  turns.start('key:a');
  work(1);
  turns.end();
  expect(turns.due).toBe(true);
});

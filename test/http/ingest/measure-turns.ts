import { Session } from 'node:inspector/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { NDJSON, startGateway } from '../gateway.ts';

/**
 * A process of its own: posts small bodies that expand or nest to a gateway, counts the work of each turn of the event loop,
 * and sends its parent the most of each body. Work is counted by V8, as executions of blocks of code in `src/`: a loop over
 * a million bytes has at least a million, on any machine. The gateway's clock advances by the length of a turn whenever it
 * is looked at, so that a turn has exactly the work between two looks.
 */

/** The work for one body. */
export interface Measured {
  readonly name: string;
  readonly status: number;
  /** Blocks of code executed in one turn, at most. */
  readonly blocks: number;
  /** The functions with the most of them. */
  readonly where: readonly string[];
}

const MIB = 1_048_576;
const LOOK_MS = 4;

const METRIC = { event: 'ml.run.metric', trial_id: 't', measurements: { a: 1 } };
const LONG_NAME = { ...METRIC, measurements: { ['n'.repeat(250_000)]: 1 } };
const INTEGERS = Array.from({ length: 9_000 }, (_, at) => `"k${at}":1234567890123456789`).join();
const EXACT = `{"event":"ml.run.metric","trial_id":"t","measurements":{"a":1},"note":{${INTEGERS}}}`;
const NESTED = '{"a":'.repeat(400) + 1 + '}'.repeat(400);
const REPEATED = `{${Array(15_000).fill('"a":1').join()}}`;
const ARRAYS = `[${'[],'.repeat(60_000)}0]`;
const ESCAPES = JSON.stringify({ ...METRIC, metadata: { note: '\n'.repeat(60_000) } });

const array = (event: string, count: number): string => `[${Array(count).fill(event).join()}]`;
const lines = (event: string, count: number): string => `${event}\n`.repeat(count);

const BODIES: readonly (readonly [name: string, body: string | Buffer, isLines: boolean])[] = [
  ['blank lines', Buffer.alloc(4 * MIB, '\n'), true],
  ['white space', Buffer.alloc(4 * MIB, ' '), false],
  ['white space in a line', Buffer.alloc(4 * MIB, ' '), true],
  ['white space before an array', Buffer.concat([Buffer.alloc(4 * MIB, ' '), Buffer.from('[]')]), false],
  ['white space in an array', Buffer.concat([Buffer.from('['), Buffer.alloc(4 * MIB, ' '), Buffer.from(']')]), false],
  ['white space after an array', Buffer.concat([Buffer.from('[{}]'), Buffer.alloc(4 * MIB, ' ')]), false],
  ['opening brackets', Buffer.alloc(4 * MIB, '['), false],
  ['opening brackets in a line', Buffer.alloc(4 * MIB, '['), true],
  ['closed brackets', '['.repeat(2 * MIB) + ']'.repeat(2 * MIB), false],
  ['one long text', JSON.stringify([`${'x'.repeat(4 * MIB)}`]), false],
  ['empty events', array('{}', 4_000), false],
  ['empty events in lines', lines('{}', 300), true],
  ['commas', `[${','.repeat(MIB / 16)}]`, false],
  ['names of 250 KB', array(JSON.stringify(LONG_NAME), 20), false],
  ['names of 250 KB in lines', lines(JSON.stringify(LONG_NAME), 20), true],
  ['events of 9,000 long integers', array(EXACT, 4), false],
  ['lines of 9,000 long integers', lines(EXACT, 4), true],
  ['objects in objects', array(NESTED, 100), false],
  ['a key given many times', array(REPEATED, 10), false],
  ['lines with a key given many times', lines(REPEATED, 10), true],
  ['many empty arrays', array(ARRAYS, 10), false],
  ['escaped text', array(ESCAPES, 20), false],
];

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** The blocks that were executed since the last call. Resolves in the same turn: the session is of this thread. */
async function blocksSince(): Promise<Pick<Measured, 'blocks' | 'where'>> {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const byFunction = new Map<string, number>();
  for (const { url, functions } of result) {
    if (!url.includes('/src/')) continue;
    for (const { functionName, ranges } of functions) {
      const name = `${url.slice(url.lastIndexOf('/') + 1)} ${functionName}`;
      for (const { count } of ranges) byFunction.set(name, (byFunction.get(name) ?? 0) + count);
    }
  }
  const most = [...byFunction].toSorted((a, b) => b[1] - a[1]);
  const blocks = most.reduce((sum, [, count]) => sum + count, 0);
  return { blocks, where: most.slice(0, 3).map(([name, count]) => `${name} ${count}`) };
}

let nowMs = 0;
performance.now = () => {
  nowMs += LOOK_MS;
  return nowMs;
};
const gateway = await startGateway();

async function measure(name: string, body: string | Buffer, isLines: boolean): Promise<Measured> {
  let most = await blocksSince();
  let isAnswered = false;
  async function observe(): Promise<void> {
    most = { blocks: 0, where: [] };
    while (!isAnswered) {
      await nextTurn();
      const turn = await blocksSince();
      if (turn.blocks > most.blocks) most = turn;
    }
  }
  const observing = observe();
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip', ...(isLines && NDJSON) };
  const answer = await fetch(`${gateway.url}/api/events/ml`, { method: 'POST', headers, body: gzipSync(body) });
  await answer.text();
  isAnswered = true;
  await observing;
  return { name, status: answer.status, ...most };
}

const measured: Measured[] = [];
for (const [name, body, isLines] of BODIES) measured.push(await measure(name, body, isLines));
await gateway.close();
process.send?.(measured);
session.disconnect();

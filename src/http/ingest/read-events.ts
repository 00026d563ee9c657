import { setImmediate as nextTurn } from 'node:timers/promises';
import { elementsOf, isArray } from '../json/elements.ts';
import { type Read, readCleanArray, readJson, tooLarge } from '../json/read-json.ts';
import { Problem } from '../problem.ts';
import type { Intake } from './intake.ts';
import type { Line } from './line-cutter.ts';

/** After so many bytes of events other requests get a turn. */
const TURN_BYTES = 65_536;

/** Faults of the text of a whole body, which leave no event to speak of. */
const FAULTS_OF_BODY: ReadonlySet<string> = new Set(['malformed_json', 'invalid_encoding']);

/**
 * Reads the events of a JSON body, one or an array, into `intake`. Throws a `Problem` when the body is no JSON; then none
 * of it counts.
 */
export async function readEvents(body: Buffer, intake: Intake, maxEventBytes: number): Promise<void> {
  if (!isArray(body)) {
    intake.take(orProblem(readJson(body, maxEventBytes), ''));
    return;
  }
  const values = body.length <= maxEventBytes ? readCleanArray(body) : undefined;
  if (values !== undefined) {
    for (const value of values) intake.takeValue(value);
    return;
  }
  let bytes = 0;
  for (const element of elements(body)) {
    intake.take(orProblem(readJson(element, maxEventBytes), `event ${intake.count}: `));
    bytes += element.length;
    if (bytes > TURN_BYTES) {
      bytes = 0;
      await nextTurn();
    }
  }
}

/** Reads one line of NDJSON into `intake`: whatever is wrong with it is a fault of this event alone. */
export function readLine(line: Line, intake: Intake, maxEventBytes: number): void {
  intake.take('tooLongBytes' in line ? tooLarge(line.tooLongBytes, maxEventBytes) : readJson(line, maxEventBytes));
}

function orProblem(read: Read, where: string): Read {
  if (read.ok || !FAULTS_OF_BODY.has(read.fault.code)) return read;
  throw new Problem(read.fault.code, where + read.fault.message);
}

function* elements(body: Buffer): Generator<Buffer> {
  try {
    yield* elementsOf(body);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Problem('malformed_json', error.message);
    throw error;
  }
}

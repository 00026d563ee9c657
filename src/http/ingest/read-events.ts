import { type ElementGroup, groupsOf, isArray } from '../json/elements.ts';
import {
  type JsonLimits,
  type Read,
  readCleanArray,
  readCleanElements,
  readJson,
  withoutMark,
} from '../json/read-json.ts';
import { Problem } from '../problem.ts';
import type { Intake } from './intake.ts';
import type { Post } from './post.ts';

/** Faults of the text of a whole body, which leave no event to report on. */
const FAULTS_OF_BODY: ReadonlySet<string> = new Set(['malformed_json', 'invalid_encoding']);

/** Events between two looks at the clock. */
const CLOCK_EVENTS = 16;

/** A body of this many bytes starts even while its client has others that are being read: it is soon read. */
const SHORT_BYTES = 16_384;

/** Bytes of the elements that are parsed together in a long body: a millisecond of work, and few values in memory. */
const GROUP_BYTES = 16_384;

/**
 * Judges the events of a JSON body, one event or an array, and pays for them. Throws a `Problem` if the body is not JSON;
 * then none of its events counts.
 */
export async function readEvents(body: Buffer, intake: Intake, { access, limits, turns }: Post): Promise<void> {
  if (body.length > SHORT_BYTES && turns.occupied(access.client)) {
    await turns.queue(access.client);
    turns.resume();
  } else {
    while (turns.due) await turns.next(access.client);
    turns.start(access.client);
  }
  let paid = 0;
  try {
    for (const expected of judge(withoutMark(body), intake, limits.json)) {
      if (!turns.long) continue;
      // Paid before others get a turn, for all events of the body: others must find a key in debt before they judge for it.
      const reserved = Math.min(expected, limits.maxEvents);
      access.spend(reserved - paid, 0);
      paid = reserved;
      await turns.pause(access.client);
      turns.resume();
    }
  } finally {
    access.spend(intake.count - paid, 0);
    turns.end();
  }
}

/** Judges event after event; between them it yields how many the body holds at most, for its caller to look at the clock. */
function* judge(body: Buffer, intake: Intake, limits: JsonLimits): Generator<number, void> {
  try {
    if (!isArray(body, limits.maxBytes)) {
      intake.take(orProblem(readJson(body, limits), ''));
      return;
    }
    const values = body.length <= limits.maxBytes ? readCleanArray(body) : undefined;
    if (values !== undefined) {
      for (const value of values) {
        intake.takeValue(value);
        if (intake.count % CLOCK_EVENTS === 0) yield values.length;
      }
      return;
    }
    for (const group of groupsOf(body, Math.min(GROUP_BYTES, limits.maxBytes))) {
      yield Number.POSITIVE_INFINITY;
      if (group !== undefined) yield* judgeGroup(group, intake, limits);
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw new Problem('malformed_json', error.message);
    throw error;
  }
}

function* judgeGroup({ elements, text }: ElementGroup, intake: Intake, limits: JsonLimits): Generator<number, void> {
  const values = elements.length > 1 ? readCleanElements(text) : undefined;
  if (values !== undefined) {
    for (const value of values) {
      intake.takeValue(value);
      if (intake.count % CLOCK_EVENTS === 0) yield Number.POSITIVE_INFINITY;
    }
    return;
  }
  for (const element of elements) {
    const read = orProblem(readJson(element, limits), `event ${intake.count}: `);
    // A long event takes milliseconds to read, and again to be judged.
    yield Number.POSITIVE_INFINITY;
    intake.take(read);
    yield Number.POSITIVE_INFINITY;
  }
}

function orProblem(read: Read, where: string): Read {
  if (read.ok || !FAULTS_OF_BODY.has(read.fault.code)) return read;
  throw new Problem(read.fault.code, where + read.fault.message);
}

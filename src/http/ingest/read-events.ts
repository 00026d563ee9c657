import { elementsOf, isArray } from '../json/elements.ts';
import { type JsonLimits, type Read, readCleanArray, readJson, withoutMark } from '../json/read-json.ts';
import { Problem } from '../problem.ts';
import type { Intake } from './intake.ts';
import type { Post } from './post.ts';

/** Faults of the text of a whole body, which leave no event to report on. */
const FAULTS_OF_BODY: ReadonlySet<string> = new Set(['malformed_json', 'invalid_encoding']);

/** Events of a short body between two looks at the clock. */
const CLOCK_EVENTS = 16;

/**
 * Judges the events of a JSON body, one event or an array, and pays for them. Throws a `Problem` if the body is not JSON;
 * then none of its events counts.
 */
export async function readEvents(body: Buffer, intake: Intake, { access, limits, turns }: Post): Promise<void> {
  while (turns.due) await turns.next(access.client);
  let since = turns.start();
  let paid = 0;
  try {
    for (const expected of judge(withoutMark(body), intake, limits.json)) {
      if (!turns.long(since)) continue;
      // Paid before others get a turn, for all events of the body: others must find a key in debt before they judge for it.
      const reserved = Math.min(expected, limits.maxEvents);
      access.spend(reserved - paid, 0);
      paid = reserved;
      await turns.pause(since, access.client);
      since = turns.start();
    }
  } finally {
    access.spend(intake.count - paid, 0);
    turns.count(since);
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
    for (const element of elementsOf(body)) {
      if (element !== undefined) intake.take(orProblem(readJson(element, limits), `event ${intake.count}: `));
      yield Number.POSITIVE_INFINITY;
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw new Problem('malformed_json', error.message);
    throw error;
  }
}

function orProblem(read: Read, where: string): Read {
  if (read.ok || !FAULTS_OF_BODY.has(read.fault.code)) return read;
  throw new Problem(read.fault.code, where + read.fault.message);
}

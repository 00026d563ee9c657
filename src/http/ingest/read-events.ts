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

/** Events between two readings of the clock. */
const CLOCK_EVENTS = 16;

/**
 * A body of at most this many bytes starts even while other bodies of its client are being read, because reading it is
 * quick.
 */
const SHORT_BYTES = 16_384;

/** Bytes of the elements that are parsed together in a long body: a millisecond of work, and few values in memory. */
const GROUP_BYTES = 16_384;

/**
 * Judges the events of a JSON body, one event or an array, and pays for them: at once if the body is short and its turn
 * has come, otherwise in turns. Throws or rejects with a `Problem` if the body is not JSON; then none of its events
 * counts.
 */
export function readEvents(body: Buffer, intake: Intake, post: Post): Promise<void> | undefined {
  const { access, limits, turns } = post;
  const reading = new Reading(judge(withoutMark(body), intake, limits.json), intake, post);
  const mustQueue = body.length > SHORT_BYTES && turns.occupied(access.client);
  if (mustQueue || turns.due) return readInTurns(reading, post, mustQueue);
  turns.start(access.client);
  return reading.readPiece() ? undefined : readOn(reading, post);
}

async function readInTurns(reading: Reading, { access, turns }: Post, mustQueue: boolean): Promise<void> {
  if (mustQueue) {
    await turns.queue(access.client);
    turns.resume();
  } else {
    while (turns.due) await turns.next(access.client);
    turns.start(access.client);
  }
  if (!reading.readPiece()) await readOn(reading, { access, turns });
}

/** Reads the pieces after the first. */
async function readOn(reading: Reading, { access, turns }: Pick<Post, 'access' | 'turns'>): Promise<void> {
  do {
    await turns.pause(access.client);
    turns.resume();
  } while (!reading.readPiece());
}

/** A body that is being judged, piece by piece. */
class Reading {
  readonly #judging: Generator<number, void>;
  readonly #intake: Intake;
  readonly #post: Post;
  /** Events that are paid for. */
  #paid = 0;

  constructor(judging: Generator<number, void>, intake: Intake, post: Post) {
    this.#judging = judging;
    this.#intake = intake;
    this.#post = post;
  }

  /** Judges events until the piece is long, and returns whether all events are judged. Then, or if it throws, the turn has ended. */
  readPiece(): boolean {
    const { limits, turns } = this.#post;
    let isDone = true;
    try {
      for (let step = this.#judging.next(); step.done !== true; step = this.#judging.next()) {
        if (!turns.long) continue;
        isDone = false;
        // Paid before others get a turn, for all events of the body: others must find a key in debt before they judge for it.
        this.#pay(Math.min(step.value, limits.maxEvents));
        return false;
      }
    } finally {
      if (isDone) {
        this.#pay(this.#intake.count);
        turns.end();
      }
    }
    return true;
  }

  #pay(events: number): void {
    this.#post.access.spend(events - this.#paid, 0);
    this.#paid = events;
  }
}

/**
 * Judges event after event. Between events it yields an upper bound on their number, so that the caller can read the
 * clock.
 */
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

import { readJson, tooLarge } from '../json/read-json.ts';
import { Problem } from '../problem.ts';
import { problemOfError } from '../problem-of-error.ts';
import { withProgress } from './answer.ts';
import { type Intake, SLICE_EVENTS } from './intake.ts';
import { type Line, LineCutter } from './line-cutter.ts';
import type { Post } from './post.ts';
import { decodedChunks } from './read-body.ts';
import { ClientGone } from './wire-body.ts';

/** A slice of a stream is published when it has {@link SLICE_EVENTS} events or this many bytes. */
const SLICE_BYTES = 262_144;
/** One slice on its way to Kafka, and one being read. */
const SLICES_HELD = 2;

/**
 * Takes the events of an NDJSON body, published slice by slice while it is read, so that memory does not grow with it.
 * When it fails in the middle, its problem reports which events are stored.
 */
export async function takeLines(post: Post, intake: Intake): Promise<void> {
  const meter = new Meter(post, intake);
  try {
    await readSlices(post, intake, meter);
    await intake.settle();
  } catch (error) {
    meter.pay();
    const { retryFrom, ...outcome } = await intake.progress();
    if (error instanceof ClientGone || (error instanceof Problem && intake.count === 0)) throw error;
    throw withProgress(problemOfError(error), outcome, retryFrom);
  }
}

async function readSlices(post: Post, intake: Intake, meter: Meter): Promise<void> {
  const { access, limits, lease } = post;
  const cutter = new LineCutter(limits.json.maxBytes, limits.maxEvents);
  let leased = 0;

  const submit = async (): Promise<void> => {
    // A stream is metered as it flows: a key in debt ends it here, with its progress.
    access.requireCredit();
    meter.pay();
    await intake.submit();
  };

  for await (const chunk of decodedChunks(post)) {
    const more = Math.min(chunk.length, SLICES_HELD * SLICE_BYTES - leased);
    if (more > 0) {
      lease.take(more);
      leased += more;
    }
    meter.bytes += chunk.length;
    await readLines(cutter.push(chunk), intake, post);
    if (intake.pendingCount >= SLICE_EVENTS || meter.bytes >= SLICE_BYTES) await submit();
  }
  await readLines(cutter.end(), intake, post);
  await submit();
}

/** Judges lines: anything wrong with one is a fault of this event alone. */
async function readLines(lines: Iterable<Line>, intake: Intake, { access, limits, turns }: Post): Promise<void> {
  const { json } = limits;
  while (turns.due) await turns.next(access.client);
  let since = turns.start();
  for (const line of lines) {
    intake.take('tooLongBytes' in line ? tooLarge(line.tooLongBytes, json.maxBytes) : readJson(line, json));
    if (!turns.long(since)) continue;
    await turns.pause(since, access.client);
    since = turns.start();
  }
  turns.count(since);
}

/** Pays for what was read of a stream since the last payment. */
class Meter {
  readonly #post: Post;
  readonly #intake: Intake;
  #paidEvents = 0;
  /** Bytes read and not paid yet. */
  bytes = 0;

  constructor(post: Post, intake: Intake) {
    this.#post = post;
    this.#intake = intake;
  }

  pay(): void {
    this.#post.access.spend(this.#intake.count - this.#paidEvents, this.bytes);
    this.#paidEvents = this.#intake.count;
    this.bytes = 0;
  }
}

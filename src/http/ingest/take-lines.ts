import { readJson, tooLarge } from '../json/read-json.ts';
import { Problem } from '../problem.ts';
import { problemOfError } from '../problem-of-error.ts';
import { withProgress } from './answer.ts';
import type { Intake } from './intake.ts';
import { type Line, LineCutter } from './line-cutter.ts';
import type { Post } from './post.ts';
import { decodedChunks } from './read-body.ts';
import { SLICE_EVENTS } from './slice-length.ts';
import { ClientGone } from './wire-body.ts';

/** A slice of a stream is published when it has {@link SLICE_EVENTS} events or this many bytes. */
const SLICE_BYTES = 262_144;
const LONG_LINE_BYTES = 16_384;
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
  let isLong = false;

  const submit = async (): Promise<void> => {
    // A stream is metered as it flows: a key in debt ends it here, with its progress.
    access.requireCredit();
    const { bytes } = meter;
    meter.pay();
    await intake.submit(bytes);
  };

  for await (const chunk of decodedChunks(post)) {
    const more = Math.min(chunk.length, SLICES_HELD * SLICE_BYTES - leased);
    if (more > 0) {
      lease.take(more);
      leased += more;
    }
    meter.bytes += chunk.length;
    isLong = (await readLines(cutter.push(chunk), intake, post, isLong)) || isLong;
    if (intake.pendingCount >= SLICE_EVENTS || meter.bytes >= SLICE_BYTES) await submit();
  }
  await readLines(cutter.end(), intake, post, isLong);
  await submit();
}

/**
 * Judges lines: anything wrong with one is a fault of this event alone. Returns whether the request had to pause.
 *
 * @param isLong whether the request has paused before: then it also waits for the others of its client that did.
 */
async function readLines(lines: Iterable<Line>, intake: Intake, post: Post, isLong: boolean): Promise<boolean> {
  const { access, limits, turns } = post;
  const { json } = limits;
  let paused = false;
  if (isLong && turns.occupied(access.client)) {
    await turns.queue(access.client);
    turns.resume();
  } else {
    while (turns.due) await turns.next(access.client);
    turns.start(access.client);
  }
  try {
    for (const line of lines) {
      if ('tooLongBytes' in line) {
        intake.take(tooLarge(line.tooLongBytes, json.maxBytes));
      } else {
        const read = readJson(line, json);
        // A long event takes milliseconds to read, and again to be judged.
        if (line.length > LONG_LINE_BYTES && turns.long) {
          paused = true;
          await turns.pause(access.client);
          turns.resume();
        }
        intake.take(read);
      }
      if (!turns.long) continue;
      paused = true;
      await turns.pause(access.client);
      turns.resume();
    }
  } finally {
    turns.end();
  }
  return paused;
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

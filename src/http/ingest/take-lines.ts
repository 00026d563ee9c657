import { Problem } from '../problem.ts';
import { problemOfError } from '../problem-of-error.ts';
import { withProgress } from './answer.ts';
import { ClientGone, decodedChunks } from './body.ts';
import type { Intake } from './intake.ts';
import { LineCutter } from './line-cutter.ts';
import type { Posted } from './posted.ts';
import type { Publisher } from './publisher.ts';
import { readLine } from './read-events.ts';

/** A slice of a stream is published when it has so many events or bytes. */
const SLICE_EVENTS = 1_000;
const SLICE_BYTES = 262_144;
/** One slice on its way to Kafka, and one being read. */
const SLICES_HELD = 2;

/**
 * Takes the events of an NDJSON body, published slice by slice while it is read, so that memory does not grow with it.
 * When it fails in the middle, its problem tells which events are stored.
 */
export async function takeLines(posted: Posted): Promise<Intake> {
  const { intake, publisher } = posted.begin(false);
  try {
    await readSlices(posted, intake, publisher);
    await publisher.settle();
    return intake;
  } catch (error) {
    const retryFrom = await publisher.retryFrom();
    if (error instanceof ClientGone || (error instanceof Problem && intake.count === 0)) throw error;
    throw withProgress(problemOfError(error), intake, retryFrom);
  }
}

async function readSlices(posted: Posted, intake: Intake, publisher: Publisher): Promise<void> {
  const { request, encoding, access, lease, limits } = posted;
  const cutter = new LineCutter(limits.maxEventBytes);
  let sliceBytes = 0;
  let spentEvents = 0;
  let leased = 0;

  const submit = async (): Promise<void> => {
    await access.spend(intake.count - spentEvents, sliceBytes);
    spentEvents = intake.count;
    sliceBytes = 0;
    await publisher.submit();
  };

  for await (const chunk of decodedChunks(request, encoding, limits, lease)) {
    const more = Math.min(chunk.length, SLICES_HELD * SLICE_BYTES - leased);
    if (more > 0) {
      lease.take(more);
      leased += more;
    }
    sliceBytes += chunk.length;
    for (const line of cutter.push(chunk)) readLine(line, intake, limits.maxEventBytes);
    if (intake.pending.length >= SLICE_EVENTS || sliceBytes >= SLICE_BYTES) await submit();
  }
  for (const line of cutter.end()) readLine(line, intake, limits.maxEventBytes);
  await submit();
}

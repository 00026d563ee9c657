import { problemOfError } from '../problem-of-error.ts';
import { withProgress } from './answer.ts';
import type { Intake } from './intake.ts';
import type { Post } from './post.ts';
import { readBody } from './read-body.ts';
import { readEvents } from './read-events.ts';

/** Takes the events of a JSON body, one event or an array: none is published before all of them are judged. */
export async function takeJson(post: Post, intake: Intake): Promise<void> {
  const bytes = await judge(post, intake);
  try {
    const submitting = intake.submit(bytes);
    if (submitting !== undefined) await submitting;
    await intake.settle();
  } catch (error) {
    const { retryFrom, ...outcome } = await intake.progress();
    throw withProgress(problemOfError(error), outcome, retryFrom);
  }
}

/**
 * Reads the body, judges its events, and returns its length in bytes. A function of its own, so that the body is released
 * while Kafka is waited for.
 */
async function judge(post: Post, intake: Intake): Promise<number> {
  const { access } = post;
  const body = await readBody(post);
  const { length } = body.bytes;
  try {
    try {
      // Other requests may have spent the rest of the allowance while the body arrived.
      access.requireCredit();
    } finally {
      access.spend(0, length);
    }
    const reading = readEvents(body.bytes, intake, post);
    if (reading !== undefined) await reading;
    return length;
  } finally {
    // The events are copies.
    body.free();
  }
}

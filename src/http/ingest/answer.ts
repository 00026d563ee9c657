import { Problem } from '../problem.ts';
import type { IngestOutcome } from './intake.ts';

/** The answer to a request of which some events are stored: its status and its JSON. */
export interface IngestReply {
  readonly status: 202 | 207;
  readonly body: string;
  /** Latin-1 if the body is ASCII: Node then copies it to the socket instead of encoding it. */
  readonly encoding: 'latin1' | 'utf8';
}

/** `rejected`, with the number of rejected events of which it contains no fault, if there are any. */
const listed = (rejections: IngestOutcome['rejections'], omitted: number) => ({
  rejected: rejections,
  ...(omitted > 0 && { rejected_omitted: omitted }),
});

/** The answer to a request all of whose events are settled. Throws the `Problem` empty_batch or events_rejected. */
export function answerOf({ accepted, rejected, eventIds, rejections, omitted }: IngestOutcome): IngestReply {
  if (rejected === 0) {
    if (accepted === 0) throw new Problem('empty_batch', 'the body contains no event');
    // Ids are UUIDs: nothing in them needs escaping.
    const body = `{"accepted":${accepted},"event_ids":["${eventIds.join('","')}"]}`;
    return { status: 202, body, encoding: 'latin1' };
  }
  const list = listed(rejections, omitted);
  if (accepted === 0) {
    const detail = rejected === 1 ? 'the event was rejected' : `all ${rejected} events were rejected`;
    throw new Problem('events_rejected', detail, { members: { accepted, ...list } });
  }
  return { status: 207, body: JSON.stringify({ accepted, event_ids: eventIds, ...list }), encoding: 'utf8' };
}

/**
 * The problem, with the outcome of the events before it: those before `retry_from` are settled, accepted unless rejected;
 * the others are not known to be stored. Sent again with the ids of `event_ids`, they are stored once.
 */
export function withProgress(problem: Problem, outcome: IngestOutcome, retryFrom: number): Problem {
  const { accepted, eventIds, rejections, omitted } = outcome;
  const members = {
    ...problem.details.members,
    accepted,
    retry_from: retryFrom,
    event_ids: eventIds,
    ...listed(
      rejections.filter(({ index }) => index < retryFrom),
      omitted,
    ),
  };
  return new Problem(problem.code, problem.message, { ...problem.details, members });
}

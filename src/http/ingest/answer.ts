import { Problem } from '../problem.ts';
import type { Intake } from './intake.ts';

/** A good answer: its status and its JSON. */
export interface Answer {
  readonly status: 202 | 207;
  readonly body: string;
  /** Latin-1 where the body is ASCII: then it is copied to the socket, and not encoded. */
  readonly encoding: 'latin1' | 'utf8';
}

/** The answer to a request all of whose events are settled. Throws the `Problem` empty_batch or events_rejected. */
export function answerOf({ accepted, refused, eventIds, rejected }: Intake): Answer {
  if (refused === 0) {
    if (accepted === 0) throw new Problem('empty_batch', 'the body holds no event');
    // Ids are UUIDs: nothing in them needs escaping.
    const body = `{"accepted":${accepted},"event_ids":["${eventIds.join('","')}"]}`;
    return { status: 202, body, encoding: 'latin1' };
  }
  if (accepted === 0) {
    const detail = refused === 1 ? 'the event was refused' : `all ${refused} events were refused`;
    throw new Problem('events_rejected', detail, { members: { accepted, rejected } });
  }
  return { status: 207, body: JSON.stringify({ accepted, event_ids: eventIds, rejected }), encoding: 'utf8' };
}

/**
 * The problem, with what is known of the events: those before `retry_from` are settled, accepted unless listed as
 * rejected; those from it on are not known to be stored. Sent again with the ids of `event_ids` they are stored once.
 */
export function withProgress(problem: Problem, intake: Intake, retryFrom: number): Problem {
  const { accepted, eventIds, rejected } = intake;
  const members = {
    ...problem.details.members,
    accepted,
    retry_from: retryFrom,
    event_ids: eventIds,
    rejected: rejected.filter(({ index }) => index < retryFrom),
  };
  return new Problem(problem.code, problem.message, { ...problem.details, members });
}

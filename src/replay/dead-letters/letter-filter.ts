import type { StoredLetter } from './stored-letter.ts';

/** The properties of the dead letters that a command is about; each that is undefined excludes none. */
export interface LetterFilter {
  readonly ids?: ReadonlySet<string> | undefined;
  readonly stage?: string | undefined;
  readonly reason?: string | undefined;
  /** Name of the topic that the rejected record was read from, prefix included. */
  readonly topic?: string | undefined;
  /** Rejected at this time or later, epoch milliseconds. */
  readonly since?: number | undefined;
  /** Rejected before this time, epoch milliseconds. */
  readonly until?: number | undefined;
}

export const matches = ({ id, letter }: StoredLetter, filter: LetterFilter): boolean =>
  (filter.ids === undefined || filter.ids.has(id)) &&
  (filter.stage === undefined || letter.stage === filter.stage) &&
  (filter.reason === undefined || letter.reason === filter.reason) &&
  (filter.topic === undefined || letter.topic === filter.topic) &&
  (filter.since === undefined || letter.failed_at >= filter.since) &&
  (filter.until === undefined || letter.failed_at < filter.until);

import type { ComponentChildren } from 'preact';
import { errorText } from '../api/error-text.ts';
import type { Loaded } from '../data/use-load.ts';

interface AnsweredProps {
  /** The subject that is read, such as "the trials". */
  readonly what: string;
  readonly loaded: Loaded<unknown>;
  /** Further ways out of a failure. */
  readonly more?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** Content from an answer: marked while it belongs to earlier choices, and with the failure of the read above it. */
export function Answered({ what, loaded: { data, error, isEarlier, again }, more, children }: AnsweredProps) {
  const isReading = isEarlier && error === undefined;
  return (
    <div class="answered" data-earlier={isEarlier} aria-busy={isReading}>
      {error !== undefined && (
        <p class="notice error" role="alert">
          Cannot read {what}: {errorText(error)}. {isEarlier && 'The content below belongs to earlier choices. '}
          <button type="button" onClick={again}>
            Try again
          </button>{' '}
          {more}
        </p>
      )}
      {isReading && (
        <p class="notice reading" role="status">
          Reading {what} …
        </p>
      )}
      {(data !== undefined || error === undefined) && <div class="content">{children}</div>}
    </div>
  );
}

import { errorText } from '../api/error-text.ts';
import { ApiError } from '../api/request.ts';
import { address, go } from './location.ts';
import { State } from './state.tsx';

interface FailureProps {
  readonly error: unknown;
  /** The subject that could not be read, such as "the run". */
  readonly what: string;
  readonly onRetry: () => void;
}

/** A failed request: what failed, why, and what to do about it. */
export function Failure({ error, what, onRetry }: FailureProps) {
  const { title, advice } = explain(error, what);
  return (
    <State title={title}>
      <p>{advice}</p>
      {isOfChoices(error) && address.value.query.size > 0 && (
        <button type="button" class="primary" onClick={() => go(location.pathname)}>
          Clear the choices in the address
        </button>
      )}
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </State>
  );
}

/** The server refuses a choice that the address states: the page without its choices can be shown. */
const isOfChoices = (error: unknown): boolean => error instanceof ApiError && error.status === 400;

function explain(error: unknown, what: string): { title: string; advice: string } {
  if (!(error instanceof ApiError)) return { title: `Cannot show ${what}`, advice: errorText(error) };
  if (error.status === 0) {
    return {
      title: 'The server is not reachable',
      advice: 'The page retries until the server answers.',
    };
  }
  if (error.status === 403) {
    return {
      title: 'This session may not read this',
      advice: `${error.message}. Sign in with a key that has the scope read.`,
    };
  }
  if (error.status === 404) {
    return {
      title: `No data for ${what}`,
      advice:
        'It may not have sent its first event yet, or the address may be misspelled. The data appears here as soon as it arrives.',
    };
  }
  if (isOfChoices(error)) return { title: 'The address contains an invalid choice', advice: `${error.message}.` };
  return { title: `Cannot read ${what}`, advice: `${error.message} (${error.code})` };
}

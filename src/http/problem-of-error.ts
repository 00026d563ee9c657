import { AccessRefused } from '../access/access-refused.ts';
import { BufferFull } from '../producers/micro-batcher.ts';
import { KafkaUnavailable } from '../record.ts';
import { DatabaseUnavailable } from '../store/database-error.ts';
import { Problem } from './problem.ts';

/** Maps any error to the problem the client gets. An unknown error becomes `internal`; its details go to the log only. */
export function problemOfError(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof AccessRefused) return problemOfRefusal(error);
  if (error instanceof KafkaUnavailable) {
    const message = 'Kafka did not answer in time';
    return new Problem('kafka_unavailable', message, { retryAfterSeconds: 2, cause: error });
  }
  if (error instanceof BufferFull) {
    return new Problem('overloaded', 'the buffer of records waiting for Kafka is full', {
      retryAfterSeconds: 1,
      cause: error,
    });
  }
  if (error instanceof DatabaseUnavailable) {
    return new Problem('database_unavailable', 'Postgres does not respond', { retryAfterSeconds: 2, cause: error });
  }
  return new Problem('internal', 'the request failed', { cause: error });
}

/** A refusal of `src/access/`; 401 and 403 carry a challenge (RFC 6750). */
function problemOfRefusal({ code, message, details, cause }: AccessRefused): Problem {
  const { retryAfterSeconds, challenge, limits } = details;
  const authenticate = challenge && {
    'www-authenticate': `Bearer ${['realm="thunderline"', ...challenge].join(', ')}`,
  };
  return new Problem(code, message, {
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    headers: { ...limits, ...authenticate },
    cause,
  });
}

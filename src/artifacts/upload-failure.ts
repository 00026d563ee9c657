import { AccessRefused } from '../access/access-refused.ts';
import { ClientGone } from '../http/ingest/wire-body.ts';
import { Problem } from '../http/problem.ts';
import { StoreUnavailable } from '../sinks/archive/store-error.ts';

/** The problem of an error, where the object store caused it; otherwise the error itself. */
export function problemOfStore(error: unknown): unknown {
  if (!(error instanceof StoreUnavailable)) return error;
  return new Problem('store_unavailable', 'the object store does not respond', { retryAfterSeconds: 2, cause: error });
}

/** The result of an upload that failed, as the metric counts it: the fault of the request, of a dependency or of the client. */
export function resultOfFailure(error: unknown): 'refused' | 'failed' | 'abandoned' {
  if (error instanceof ClientGone) return 'abandoned';
  if (error instanceof AccessRefused) return 'refused';
  if (!(error instanceof Problem)) return 'failed';
  if (error.code === 'request_timeout' || error.code === 'shutting_down') return 'abandoned';
  return error.status < 500 || error.code === 'overloaded' ? 'refused' : 'failed';
}

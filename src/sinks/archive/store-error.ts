import { describeNetworkError } from '../../network-error.ts';

/** The bucket does not respond, or refuses the request. The request is to be retried. */
export class StoreUnavailable extends Error {
  override readonly name: string = 'StoreUnavailable';
}

/**
 * The store responds, and refuses this request: the rights to its object, its key or its state are at fault. Other requests
 * may succeed meanwhile.
 */
export class StoreRefused extends StoreUnavailable {
  override readonly name = 'StoreRefused';
}

/** The status of the answer that an error of the AWS SDK reports; undefined if there was none. */
export const httpStatusOf = (error: unknown): number | undefined =>
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;

/** Statuses from 400 to 499 that concern the credentials or a temporary state, in which no request would succeed. */
const NOT_OF_ONE_REQUEST: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'RequestTimeout',
]);
const NOT_FOUND = 404;
const TIMED_OUT = 408;
const TOO_MANY = 429;

/** Whether the store answers that this request is refused, while others may succeed. */
export function isRefusal(error: Error): boolean {
  const status = httpStatusOf(error) ?? 0;
  if (NOT_OF_ONE_REQUEST.has(error.name)) return false;
  return status >= 300 && status < 500 && status !== TIMED_OUT && status !== TOO_MANY;
}

/** Every request to the bucket has a time limit, and nothing else aborts one; the SDK says "Request aborted". */
const TIMED_OUT_NAMES: ReadonlySet<string> = new Set(['AbortError', 'TimeoutError']);

/** Whether the store answers that there is no such object. */
export const isMissingObject = (error: unknown): boolean =>
  error instanceof StoreRefused && httpStatusOf(error.cause) === NOT_FOUND;

const NO_CREDENTIALS = 'CredentialsProviderError';

/**
 * The cause of a failed request in one sentence. The message of the SDK is often no more than "UnknownError", so that of an
 * answer has its name and status.
 */
export function describeStoreError(error: Error): string {
  if (error.name === NO_CREDENTIALS) {
    return (
      'no credentials for the bucket: set AWS_ACCESS_KEY_ID, and AWS_SECRET_ACCESS_KEY or AWS_SECRET_ACCESS_KEY_FILE, or ' +
      `AWS_PROFILE, or run where AWS gives this process a role (${error.message})`
    );
  }
  if (TIMED_OUT_NAMES.has(error.name)) return 'the bucket did not answer in time';
  const status = httpStatusOf(error);
  return status === undefined ? describeNetworkError(error) : `${error.name}: ${error.message} (status ${status})`;
}

/** Rejects with {@link StoreRefused} or {@link StoreUnavailable}, whose message names the request and the cause. */
export async function explain<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const error = cause as Error;
    const Kind = isRefusal(error) ? StoreRefused : StoreUnavailable;
    throw new Kind(`cannot ${what}: ${describeStoreError(error)}`, { cause });
  }
}

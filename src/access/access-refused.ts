/** The error codes that an authentication can end with; each is a line of `src/errors.ts`. */
export type RefusalCode =
  | 'unauthorized'
  | 'forbidden'
  | 'cross_origin'
  | 'insecure_transport'
  | 'rate_limited'
  | 'overloaded'
  | 'database_unavailable';

export interface RefusalDetails {
  /** Seconds until it is worth trying again. */
  readonly retryAfterSeconds?: number;
  /** Parameters of a Bearer challenge (RFC 6750, section 3), such as `error="invalid_token"`. */
  readonly challenge?: readonly string[];
  /** Headers that describe the caller's limits. */
  readonly limits?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A caller who is not admitted, or not now. Its message goes to the caller; its cause goes to the log only. */
export class AccessRefused extends Error {
  override readonly name: string = 'AccessRefused';
  readonly code: RefusalCode;
  readonly details: RefusalDetails;

  constructor(code: RefusalCode, message: string, details: RefusalDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}

/** The keys cannot be read, because Postgres does not answer. */
export class KeysUnavailable extends AccessRefused {
  override readonly name = 'KeysUnavailable';

  constructor(message: string, cause?: unknown) {
    super('database_unavailable', message, { retryAfterSeconds: 2, cause });
  }
}

/** More keys or sessions are being looked up at once than the gateway keeps track of. */
export class TooManyLookups extends AccessRefused {
  override readonly name = 'TooManyLookups';

  constructor(noun: string) {
    super('overloaded', `too many ${noun} are being looked up`, { retryAfterSeconds: 1 });
  }
}

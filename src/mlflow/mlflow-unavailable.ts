/**
 * The reasons for which MLflow cannot do a request now: `unreachable` no answer; `busy` MLflow, a proxy or its database
 * asks to wait; `pool` too many requests at once have used up its connections to the database, so fewer must be in
 * flight; `crash` it answers 500, which a later attempt may not repeat; `configuration` it is reached in a wrong way
 * (credentials, host name, path), and an operator must change that; `budget` other requests of Thunderline took too
 * long.
 */
export type UnavailableReason = 'unreachable' | 'busy' | 'pool' | 'crash' | 'configuration' | 'budget';

/** MLflow cannot do a request, for a reason other than its data. The same request is to be sent again later. */
export class MlflowUnavailable extends Error {
  override readonly name = 'MlflowUnavailable';
  readonly reason: UnavailableReason;

  constructor(reason: UnavailableReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

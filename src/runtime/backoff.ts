/** The pauses between attempts. */
export interface BackoffPolicy {
  readonly firstMs: number;
  readonly greatestMs: number;
}

export const RETRY_BACKOFF: BackoffPolicy = { firstMs: 100, greatestMs: 10_000 };

/**
 * The pause before attempt `attempt` (from 1), in milliseconds: doubling, with jitter, so that consumers that failed
 * together do not retry together.
 *
 * @param random a number from 0 to 1.
 */
export const backoffMs = (policy: BackoffPolicy, attempt: number, random: number): number =>
  Math.ceil(Math.min(policy.greatestMs, policy.firstMs * 2 ** (attempt - 1)) * (0.5 + random / 2));

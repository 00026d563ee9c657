import type { Metrics } from '../metrics.ts';
import { certificateExpiry, type TlsServer } from './certificate-expiry.ts';

/** Returns a task that reports when the certificates of servers expire. A server that does not answer keeps its last value. */
export function observeCertificates(
  servers: readonly (readonly [string, TlsServer])[],
  metrics: Metrics,
): () => Promise<void> {
  return async () => {
    const looks = servers.map(async ([what, server]) => {
      metrics.certificateExpiry.set({ what }, (await certificateExpiry(server)) / 1_000);
    });
    const failed = (await Promise.allSettled(looks)).filter((look) => look.status === 'rejected');
    if (failed.length > 0)
      throw new AggregateError(
        failed.map(({ reason }) => reason),
        'servers present no certificate',
      );
  };
}

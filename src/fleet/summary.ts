import type { LoadTally } from './load-tally.ts';

/** The result of a load, one line for each kind of figure. */
export function summaryOf(tally: LoadTally): string[] {
  const { latencies, answers, accepted, rejected, unknown, requests, retries, skipped } = tally;
  const at = (share: number): string => latencies.quantileMs(share).toFixed(1);
  const byStatus = [...answers].toSorted().map(([status, count]) => `${status}: ${count}`);
  return [
    `requests   ${requests} (${tally.rate(requests)})${some(retries, 'of them sent again')}`,
    `events     ${accepted} accepted (${tally.rate(accepted)})${some(rejected, 'rejected')}${some(unknown, 'unknown')}`,
    `answer ms  p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}  max ${latencies.maxMs.toFixed(1)}`,
    `answers    ${byStatus.join(', ') || 'none'}${some(skipped, 'not sent in time')}`,
  ];
}

const some = (count: number, what: string): string => (count > 0 ? `, ${count} ${what}` : '');

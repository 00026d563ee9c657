import { Command } from 'commander';
import { metricBodies } from '../fleet/metric-bodies.ts';
import { createPoster } from '../fleet/poster.ts';
import { type LoadPlan, type LoadTally, newTally, runLoad } from '../fleet/run-load.ts';
import { numberFrom, wholeNumber } from './arguments.ts';
import { printLine } from './print-line.ts';
import { apiKeyFileOption, readApiKey } from './read-api-key.ts';

interface Options extends LoadPlan {
  readonly url: string;
  readonly apiKeyFile?: string;
  readonly events: number;
  readonly rate?: number;
  readonly trials: number;
}

/** Different bodies that are posted in turn. */
const BODIES = 64;
const ANSWER_TIMEOUT_MS = 30_000;

/** `thunderline bench`: what a part of a running system can do. */
export const benchCommand = (): Command =>
  new Command('bench')
    .description('measure a running system')
    .addCommand(
      new Command('ingest')
        .description('load a gateway with metric events, and print its throughput, latencies and answers')
        .option('--url <url>', 'gateway', 'http://127.0.0.1:4000')
        .addOption(apiKeyFileOption('ingest'))
        .option('--connections <n>', 'connections, at most', wholeNumber, 128)
        .option('--events <n>', 'events in one request', wholeNumber, 100)
        .option('--rate <n>', 'requests a second (default: as many as are answered)', numberFrom(0.1, 1_000_000))
        .option('--seconds <n>', 'how long', numberFrom(0.1), 10)
        .option('--trials <n>', 'trials that the events are of', wholeNumber, 1_000)
        .action(benchIngest),
    );

/** Exits 1 when some request was not answered 202. */
async function benchIngest(options: Options): Promise<void> {
  const { url, apiKeyFile, connections, events, rate, seconds, trials } = options;
  const apiKey = await readApiKey(apiKeyFile);
  const bodies = metricBodies(BODIES, events, trials);
  const poster = createPoster(`${url.replace(/\/$/, '')}/api/events/ml`, apiKey, connections, ANSWER_TIMEOUT_MS);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const tally = newTally();
  const progress = setInterval(() => report(tally, seconds), process.stderr.isTTY ? 200 : 5_000);
  try {
    await runLoad({ seconds, connections, requestsPerSecond: rate }, bodies, poster, tally, stop.signal);
  } finally {
    clearInterval(progress);
    poster.close();
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
  summarise(tally);
  if (tally.skipped > 0 || [...tally.answers.keys()].some((status) => status !== '202')) process.exitCode = 1;
}

const secondsOf = ({ startedAtMs }: LoadTally): number => (performance.now() - startedAtMs) / 1_000;

const perSecond = (count: number, tally: LoadTally): string => `${(count / secondsOf(tally)).toFixed(0)}/s`;

function report(tally: LoadTally, seconds: number): void {
  const share = Math.min(1, secondsOf(tally) / seconds);
  const filled = Math.round(20 * share);
  const line =
    `[${'#'.repeat(filled)}${'.'.repeat(20 - filled)}] ${secondsOf(tally).toFixed(0)} of ${seconds} s, ` +
    `${tally.accepted} events (${perSecond(tally.accepted, tally)}), p99 ${tally.latencies.quantileMs(0.99).toFixed(1)} ms`;
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
}

function summarise(tally: LoadTally): void {
  const { latencies, answers, accepted, skipped } = tally;
  const at = (share: number): string => latencies.quantileMs(share).toFixed(1);
  const byStatus = [...answers].toSorted().map(([status, count]) => `${status}: ${count}`);
  printLine(`requests   ${latencies.count} (${perSecond(latencies.count, tally)})`);
  printLine(`events     ${accepted} accepted (${perSecond(accepted, tally)})`);
  printLine(`answer ms  p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}  max ${latencies.maxMs.toFixed(1)}`);
  printLine(`answers    ${byStatus.join(', ') || 'none'}${skipped > 0 ? `, ${skipped} not sent in time` : ''}`);
}

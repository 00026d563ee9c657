import { Command } from 'commander';
import { LoadTally } from '../fleet/load-tally.ts';
import { metricBodies } from '../fleet/metric-bodies.ts';
import { createPoster } from '../fleet/poster.ts';
import { type LoadPlan, runLoad } from '../fleet/run-load.ts';
import { numberFrom, wholeNumber } from './arguments.ts';
import { apiKeyArgument, apiKeyFileOption, readApiKey } from './read-api-key.ts';
import { withLoadReport } from './with-load-report.ts';

interface Options extends LoadPlan {
  readonly url: string;
  readonly apiKeyFile?: string;
  readonly events: number;
  readonly rate?: number;
  readonly trials: number;
}

/** The number of different bodies that are posted in turn. */
const BODIES = 64;
const ANSWER_TIMEOUT_MS = 30_000;

/** `thunderline bench`: measures a running system. */
export const benchCommand = (): Command =>
  new Command('bench')
    .description('measure a running system')
    .addCommand(
      new Command('ingest')
        .description('load a gateway with metric events, and print its throughput, latencies and answers')
        .option('--url <url>', 'gateway', 'http://127.0.0.1:4000')
        .addOption(apiKeyFileOption('ingest'))
        .addOption(apiKeyArgument())
        .option('--connections <n>', 'maximum number of connections', wholeNumber, 128)
        .option('--events <n>', 'events in one request', wholeNumber, 100)
        .option('--rate <n>', 'requests a second (default: as many as are answered)', numberFrom(0.1, 1_000_000))
        .option('--seconds <n>', 'duration', numberFrom(0.1), 10)
        .option('--trials <n>', 'number of trials that the events belong to', wholeNumber, 1_000)
        .action(benchIngest),
    );

/** Exits 1 when a request was not answered 202. */
async function benchIngest(options: Options): Promise<void> {
  const { url, apiKeyFile, connections, events, rate, seconds, trials } = options;
  const apiKey = await readApiKey(apiKeyFile);
  const bodies = metricBodies(BODIES, events, trials);
  const poster = createPoster({ gatewayUrl: url, apiKey, connections, timeoutMs: ANSWER_TIMEOUT_MS });
  const tally = new LoadTally();
  const view = () => {
    const p99 = tally.latencies.quantileMs(0.99).toFixed(1);
    const count = `${tally.accepted} events (${tally.rate(tally.accepted)})`;
    return {
      share: tally.seconds / seconds,
      text: `${tally.seconds.toFixed(0)} of ${seconds} s, ${count}, p99 ${p99} ms`,
    };
  };
  try {
    await withLoadReport(tally, view, (signal) =>
      runLoad({ seconds, connections, requestsPerSecond: rate }, bodies, poster, tally, signal),
    );
  } finally {
    poster.close();
  }
  if (tally.skipped > 0 || [...tally.answers.keys()].some((status) => status !== '202')) process.exitCode = 1;
}

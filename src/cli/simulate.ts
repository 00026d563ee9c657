import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { UsageError } from '../errors.ts';
import { openLedger } from '../fleet/ledger.ts';
import { createPoster } from '../fleet/poster.ts';
import { runFleet, type Tally } from '../fleet/run-fleet.ts';
import type { FleetPlan } from '../fleet/trial.ts';
import { verifyLedger } from '../fleet/verify-ledger.ts';
import { numberFrom } from './arguments.ts';
import { printLine } from './print-line.ts';
import { apiKeyFileOption, readApiKey } from './read-api-key.ts';

interface Options extends Omit<FleetPlan, 'modelRunId'> {
  readonly url: string;
  readonly run?: string;
  readonly apiKeyFile?: string;
  readonly connections: number;
  readonly ledger?: string;
  readonly verify?: boolean;
}

/** How long the tables may take to hold what was acknowledged, once the fleet is done, in milliseconds. */
const SETTLE_MS = 60_000;

/** `thunderline simulate`: a fleet of fake training loops, with a ledger of every event and its answer. */
export const simulateCommand = (): Command =>
  new Command('simulate')
    .description('post the events of a fleet of fake training loops')
    .option('--url <url>', 'gateway', 'http://127.0.0.1:4000')
    .addOption(apiKeyFileOption('ingest'))
    .option('--run <id>', 'model_run_id (default: simulated-<time>)')
    .option('--trials-per-second <n>', 'trials started a second', numberFrom(0.001), 10)
    .option('--seconds <n>', 'how long new trials are started', numberFrom(0.1), 10)
    .option('--steps <n>', 'metric events of each trial', numberFrom(1), 20)
    .option('--trial-ms <n>', 'length of a trial, in milliseconds', numberFrom(0), 5_000)
    .option('--failure-share <n>', 'share of trials that fail, from 0 to 1', numberFrom(0, 1), 0.1)
    .option('--batch <n>', 'events put into one request', numberFrom(1, 10_000), 1)
    .option('--connections <n>', 'connections to the gateway, at most', numberFrom(1, 10_000), 128)
    .option('--ledger <file>', 'write every event id and its answer to this file')
    .option('--verify', 'afterwards check every acknowledged event against Postgres (DATABASE_URL); needs --ledger')
    .action(simulate);

async function simulate(options: Options): Promise<void> {
  if (options.verify && options.ledger === undefined) throw new UsageError('--verify needs --ledger <file>');
  const plan: FleetPlan = { ...options, modelRunId: options.run ?? `simulated-${new Date().toISOString()}` };
  const trialsPlanned = Math.max(1, Math.round(plan.trialsPerSecond * plan.seconds));
  const tally: Tally = {
    trialsStarted: 0,
    trialsEnded: 0,
    trialsPlanned,
    requests: 0,
    accepted: 0,
    rejected: 0,
    unknown: 0,
    retries: 0,
    latenciesMs: [],
  };
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const poster = createPoster(
    `${options.url.replace(/\/$/, '')}/api/events/ml`,
    await readApiKey(options.apiKeyFile),
    options.connections,
    30_000,
  );
  const ledger = openLedger(options.ledger);
  const startedAt = performance.now();
  const progress = setInterval(() => report(plan, tally, startedAt), process.stderr.isTTY ? 200 : 5_000);
  try {
    await runFleet(plan, poster, ledger, tally, stop.signal);
  } finally {
    clearInterval(progress);
    poster.close();
    await ledger.close();
    report(plan, tally, startedAt);
    if (process.stderr.isTTY) process.stderr.write('\n');
  }
  summarise(plan, tally, startedAt);
  if (tally.rejected + tally.unknown > 0) process.exitCode = 1;
  if (options.verify && options.ledger !== undefined) await verify(options.ledger);
}

function report(plan: FleetPlan, tally: Tally, startedAt: number): void {
  const { trialsEnded, trialsPlanned, accepted, rejected, unknown, retries } = tally;
  const elapsed = (performance.now() - startedAt) / 1_000;
  const planned = plan.seconds + plan.trialMs / 1_000;
  const filled = Math.round(20 * Math.min(1, trialsEnded / trialsPlanned));
  const line =
    `[${'#'.repeat(filled)}${'.'.repeat(20 - filled)}] ${trialsEnded}/${trialsPlanned} trials, ${accepted} accepted, ` +
    `${rejected} rejected, ${unknown} unknown, ${retries} retries, ${elapsed.toFixed(0)} of about ${planned.toFixed(0)} s`;
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
}

function summarise(plan: FleetPlan, tally: Tally, startedAt: number): void {
  const seconds = (performance.now() - startedAt) / 1_000;
  const sorted = tally.latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  const events = tally.accepted + tally.rejected + tally.unknown;
  printLine(`run        ${plan.modelRunId}`);
  printLine(
    `events     ${events} (${(events / seconds).toFixed(0)}/s), ${tally.accepted} accepted, ${tally.rejected} rejected, ${tally.unknown} unknown`,
  );
  printLine(
    `requests   ${tally.requests} (${(tally.requests / seconds).toFixed(0)}/s), ${tally.retries} of them retries`,
  );
  printLine(`answer ms  p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}`);
}

async function verify(path: string): Promise<void> {
  const databaseUrl = loadConfig().postgres.url.reveal();
  const until = Date.now() + SETTLE_MS;
  let verdict = await verifyLedger(path, databaseUrl);
  while (verdict.missingCount > 0 && Date.now() < until) {
    await sleep(1_000);
    verdict = await verifyLedger(path, databaseUrl);
  }
  printLine(
    `ledger     ${verdict.acknowledged} acknowledged, ${verdict.missingCount} missing, ${verdict.unwanted.length} refused but stored`,
  );
  for (const line of [...verdict.missing, ...verdict.unwanted].slice(0, 20)) printLine(`           ${line}`);
  if (verdict.missingCount + verdict.unwanted.length > 0) process.exitCode = 1;
}

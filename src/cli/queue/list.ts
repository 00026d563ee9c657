import { Command } from 'commander';
import type pg from 'pg';
import { type QueuedRun, queuedRuns, type ReportedBridge, reportedBridges } from '../../store/queries/bridge-report.ts';
import { printLine, printTable } from '../print-line.ts';
import { describeWait } from './describe-wait.ts';
import { withQueue } from './with-queue.ts';

interface ListOptions {
  readonly json?: boolean;
}

const MAX_RUNS = 1_000;

export const listQueueCommand = (): Command =>
  new Command('list')
    .description('the runs that have not ended, in the order in which they are served, and the bridges')
    .option('--json', 'one JSON object a line')
    .action((options: ListOptions) => withQueue((pool) => listQueue(pool, options)));

export async function listQueue(pool: pg.Pool, { json }: ListOptions): Promise<void> {
  const [runs, bridges] = [await queuedRuns(pool, MAX_RUNS), await reportedBridges(pool)];
  if (json) {
    for (const run of runs) printLine(JSON.stringify({ ...run, why: describeWait(run) }));
    for (const bridge of bridges) printLine(JSON.stringify(bridge));
    return;
  }
  if (runs.length === 0) printLine('No trial waits or runs.');
  else
    printTable(['run', 'priority', 'running', 'queued', 'held', 'ended', 'why the queued ones wait'], runs.map(rowOf));
  printLine();
  if (bridges.length === 0) printLine('No bridge has started.');
  else printTable(['bridge', 'host', 'process', 'workers', 'state'], bridges.map(bridgeRowOf));
}

const rowOf = (run: QueuedRun): string[] => [
  run.model_run_id,
  String(run.priority),
  run.parallelism === null ? String(run.running) : `${run.running} of ${run.parallelism}`,
  String(run.queued),
  String(run.held),
  String(run.ended),
  describeWait(run),
];

const bridgeRowOf = (bridge: ReportedBridge): string[] => [
  bridge.bridge_id,
  bridge.host,
  String(bridge.pid),
  `${bridge.busy} of ${bridge.slots} busy`,
  stateOf(bridge),
];

function stateOf({ alive, pause_reason }: ReportedBridge): string {
  if (!alive) return 'lost: its trials are taken over';
  return pause_reason === null ? 'claims trials' : `paused: ${pause_reason}`;
}

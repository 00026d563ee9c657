import { Command } from 'commander';
import type pg from 'pg';
import { UsageError } from '../../errors.ts';
import {
  queuedRuns,
  type ReportedAttempt,
  type ReportedTrial,
  reportedAttempts,
  reportedTrials,
} from '../../store/queries/bridge-report.ts';
import { wholeNumber } from '../arguments.ts';
import { printLine, printTable } from '../print-line.ts';
import { describeWait } from './describe-wait.ts';
import { withQueue } from './with-queue.ts';

interface ShowOptions {
  readonly limit: number;
  readonly json?: boolean;
}

export const showCommand = (): Command =>
  new Command('show')
    .description('the trials of a run, or everything about one: why it waits, and each of its attempts with its output')
    .argument('<run>', 'the model_run_id')
    .argument('[trial]', 'the trial_id')
    .option('--limit <n>', 'trials to list, at most', wholeNumber, 50)
    .option('--json', 'one JSON object a line')
    .action((run: string, trial: string | undefined, options: ShowOptions) =>
      withQueue((pool) => (trial === undefined ? showRun(pool, run, options) : showTrial(pool, run, trial, options))),
    );

async function showRun(pool: pg.Pool, run: string, { limit, json }: ShowOptions): Promise<void> {
  const trials = await reportedTrials(pool, run, limit);
  if (trials.length === 0) throw new UsageError(`the queue has no trial of the run ${run}`);
  if (json) {
    for (const trial of trials) printLine(JSON.stringify(trial));
    return;
  }
  const [waiting] = await queuedRuns(pool, 1, run);
  if (waiting !== undefined) printLine(describeWait(waiting) || 'no trial of this run waits');
  printTable(
    ['trial', 'state', 'priority', 'attempts', 'failures', 'losses', 'host'],
    trials.map((trial) => [
      trial.trial_id,
      stateOf(trial),
      String(trial.priority),
      String(trial.attempt_count),
      String(trial.failures),
      String(trial.losses),
      trial.host ?? '-',
    ]),
  );
}

async function showTrial(pool: pg.Pool, run: string, name: string, { json }: ShowOptions): Promise<void> {
  const [trial] = await reportedTrials(pool, run, 1, name);
  if (trial === undefined) throw new UsageError(`the queue has no trial ${name} of the run ${run}`);
  const attempts = await reportedAttempts(pool, run, name);
  if (json) return printLine(JSON.stringify({ ...trial, attempts }));
  const [waiting] = await queuedRuns(pool, 1, run);
  const lines: [string, string | undefined][] = [
    ['state', stateOf(trial)],
    ['waits', trial.state === 'queued' && waiting ? describeTrialWait(trial, describeWait(waiting)) : undefined],
    ['requested', trial.requested_at.toISOString()],
    ['priority', String(trial.priority)],
    [
      'attempts',
      `${trial.attempt_count}, of which ${trial.failures} failed and ${trial.losses} were lost with their bridge`,
    ],
    ['command', trial.command_id],
    ['hyperparams', trial.hyperparams ?? 'chosen by the study when a worker is free'],
  ];
  for (const [label, text] of lines) if (text !== undefined) printLine(`${label.padEnd(12)}${text}`);
  for (const attempt of attempts) printAttempt(attempt);
}

function describeTrialWait({ before, run_after }: ReportedTrial, ofRun: string): string {
  if (run_after > new Date()) return `for a retry at ${run_after.toISOString()}`;
  return before === 0 ? ofRun : `${before} trials of its run come before; ${ofRun}`;
}

function stateOf({ state, outcome, cancel_at, host, published }: ReportedTrial): string {
  if (state === 'ended') return published ? `ended: ${outcome}` : `ended: ${outcome}, not yet published`;
  if (state === 'leased') return cancel_at === null ? `runs on ${host ?? 'a lost bridge'}` : 'is being cancelled';
  return state;
}

function printAttempt(attempt: ReportedAttempt): void {
  const { epoch, host, started_at, ended_at, outcome, message, return_code, signal, duration_ms, output } = attempt;
  const how = [
    outcome ?? 'runs',
    return_code === null ? '' : `exit code ${return_code}`,
    signal ?? '',
    duration_ms === null ? '' : `${Math.round(duration_ms)} ms`,
  ].filter(Boolean);
  printLine();
  printLine(
    `attempt ${epoch} on ${host}, from ${started_at.toISOString()}${ended_at ? ` to ${ended_at.toISOString()}` : ''}`,
  );
  printLine(`  ${how.join(', ')}`);
  for (const line of (message ?? '').split('\n').filter(Boolean)) printLine(`  ${line}`);
  if (output === null) return;
  printLine('  output:');
  for (const line of output.split('\n')) printLine(`    ${line}`);
}

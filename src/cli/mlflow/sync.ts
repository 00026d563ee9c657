import { Command } from 'commander';
import { loadConfig } from '../../config.ts';
import { withConnections } from '../../connections.ts';
import type { Difference } from '../../mlflow-sync/difference.ts';
import { type SyncReport, sync } from '../../mlflow-sync/sync.ts';
import type { SyncTally } from '../../mlflow-sync/sync-tally.ts';
import { commandLog } from '../command-log.ts';
import { printLine, printTable } from '../print-line.ts';
import { drawProgress, type ProgressView } from '../progress.ts';
import { stopOnSignal } from '../stop-on-signal.ts';

interface Options {
  readonly run?: string;
  readonly dryRun: boolean;
}

/** `thunderline mlflow sync`: compares the tables with MLflow, and writes to MLflow what it lacks. */
export const syncCommand = (): Command =>
  new Command('sync')
    .description('compare the trials in the tables with their MLflow runs, and write to MLflow what it lacks')
    .option('--run <id>', 'trials of this run only')
    .option('--dry-run', 'compare, and write nothing', false)
    .addHelpText(
      'after',
      '\nPoints are compared as sets of name, step, time and value. MLflow cannot remove a point, so points that only MLflow has are\n' +
        'reported and stay. The exit code is 1 if differences are left.',
    )
    .action(async ({ run, dryRun }: Options) => {
      const signal = stopOnSignal();
      const settings = { purpose: 'sync', registers: [] } as const;
      const report = await withConnections(loadConfig(), commandLog(), settings, (connections) =>
        sync(
          connections,
          { run, dryRun },
          {
            signal,
            showProgress: (total, tally, cause) => drawProgress(process.stderr, () => viewOf(total, tally, cause())),
          },
        ),
      );
      print(report, dryRun);
      const left = dryRun ? report.tally.differenceCount : report.tally.lastingCount;
      if (!report.finished) process.exitCode = 130;
      else if (left > 0) process.exitCode = 1;
    });

const count = (value: number): string => value.toLocaleString('en');

/** `43 %, 86 of 200 trials, 12 differences` */
function viewOf(
  total: number,
  { compared, leftOut, differenceCount }: SyncTally,
  cause: string | undefined,
): ProgressView {
  const done = compared + leftOut;
  const share = total === 0 ? 1 : done / total;
  const waits = cause === undefined ? '' : `, waits: ${cause}`;
  const text = `${count(done)} of ${count(total)} trials, ${count(differenceCount)} differences${waits}`;
  return { share, text: `${Math.floor(share * 100)} %, ${text}` };
}

function print({ tally, finished }: SyncReport, dryRun: boolean): void {
  const { differences, differenceCount, lastingCount, compared, leftOut } = tally;
  if (differences.length > 0) {
    printTable(
      ['trial', 'MLflow run', 'difference', 'Postgres', 'MLflow', ''],
      differences.map((difference) => rowOf(difference, dryRun)),
    );
  }
  const unshown = differenceCount - differences.length;
  if (unshown > 0) printLine(`and ${count(unshown)} more differences`);
  const left = leftOut === 0 ? '' : `, ${count(leftOut)} left out (no MLflow run of their own, or deleted by a person)`;
  printLine(`${count(compared)} trials compared${left}`);
  if (!finished) printLine('stopped: the same command starts over');
  else if (differenceCount === 0) printLine('MLflow and Postgres agree');
  else if (dryRun) printLine(`${count(differenceCount)} differences; dry run, nothing written`);
  else printLine(`${count(differenceCount - lastingCount)} differences removed, ${count(lastingCount)} left`);
}

const CELL = 60;
const cell = (text: string): string => (text.length <= CELL ? text : `${text.slice(0, CELL - 1)}…`);

function rowOf(
  { modelRunId, trialId, runId, what, postgres, mlflow, canRepair }: Difference,
  dryRun: boolean,
): string[] {
  const place = trialId === null ? modelRunId : `${modelRunId}/${trialId}`;
  const result = canRepair ? (dryRun ? 'to be written' : 'written') : 'stays';
  return [place, runId ?? '', what, postgres, mlflow, result].map(cell);
}

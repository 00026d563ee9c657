import { Command } from 'commander';
import { loadConfig } from '../../config.ts';
import { withConnections } from '../../connections.ts';
import { type ImportReport, importExperiment } from '../../mlflow-import/import-experiment.ts';
import { type ImportOutcome, type ImportTally, OUTCOMES } from '../../mlflow-import/import-tally.ts';
import { time } from '../arguments.ts';
import { commandLog } from '../command-log.ts';
import { printLine } from '../print-line.ts';
import { drawProgress, type ProgressView } from '../progress.ts';
import { stopOnSignal } from '../stop-on-signal.ts';

interface Options {
  readonly experiment: string;
  readonly since?: number;
  readonly dryRun: boolean;
  readonly artifacts: boolean;
}

/** `thunderline mlflow import`: turns the runs of an MLflow experiment into events of trials. */
export const importCommand = (): Command =>
  new Command('import')
    .description('import the runs of an MLflow experiment as trials: params, tags, full histories, status, artifacts')
    .requiredOption(
      '--experiment <name>',
      'experiment to import; its name becomes the run (model_run_id) of the trials',
    )
    .option('--since <time>', 'runs that started at this time or later: ISO 8601 or epoch milliseconds', time)
    .option('--no-artifacts', 'do not list the artifacts of each run')
    .option('--dry-run', 'read everything, and write nothing', false)
    .addHelpText(
      'after',
      '\nThe same run always becomes the same events, so an import can be interrupted and repeated: a second one adds nothing.\n' +
        'Runs that Thunderline wrote to MLflow are left out.',
    )
    .action(async ({ artifacts: withArtifacts, experiment, since, dryRun }: Options) => {
      const signal = stopOnSignal();
      const settings = { purpose: 'import', registers: ['ml.events'] } as const;
      const report = await withConnections(loadConfig(), commandLog(), settings, (connections) =>
        importExperiment(
          connections,
          { experiment, since, dryRun, withArtifacts },
          {
            signal,
            showProgress: (total, tally, cause) => drawProgress(process.stderr, () => viewOf(total, tally, cause())),
          },
        ),
      );
      print(report, dryRun);
      if (!report.finished) process.exitCode = 130;
      else if (!report.tally.isWhole) process.exitCode = 1;
    });

const count = (value: number): string => value.toLocaleString('en');

/** `43 %, 86 of 200 runs, 430,000 points` */
function viewOf(total: number, { runs, points }: ImportTally, cause: string | undefined): ProgressView {
  const share = total === 0 ? 1 : runs / total;
  const waits = cause === undefined ? '' : `, waits: ${cause}`;
  return {
    share,
    text: `${Math.floor(share * 100)} %, ${count(runs)} of ${count(total)} runs, ${count(points)} points${waits}`,
  };
}

/** A dry run has written no event. */
const meaningOf = (outcome: ImportOutcome, dryRun: boolean): string =>
  dryRun && outcome === 'imported' ? 'an import would write all events of the run' : OUTCOMES[outcome];

function print({ tally, total, finished, seconds }: ImportReport, dryRun: boolean): void {
  for (const outcome of Object.keys(OUTCOMES) as ImportOutcome[]) {
    if (tally.of(outcome) > 0)
      printLine(`${outcome.padEnd(12)}  ${count(tally.of(outcome))}  (${meaningOf(outcome, dryRun)})`);
  }
  for (const problem of tally.problems) printLine(`  ${problem}`);
  const read = `${count(tally.runs)} of ${count(total)} runs, ${count(tally.points)} points`;
  if (!finished) printLine(`stopped after ${read}: the same command continues`);
  else if (dryRun) printLine(`dry run: ${read} read, nothing written`);
  else
    printLine(
      `done: ${read} in ${seconds.toFixed(1)} s, ${count(Math.round(tally.points / Math.max(seconds, 0.001)))} points/s`,
    );
}

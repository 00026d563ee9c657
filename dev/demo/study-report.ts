import { printTable } from '../../src/cli/print-line.ts';
import { askHttp } from '../parts/ask-http.ts';
import type { Variables } from '../parts/part.ts';
import type { Study } from './study-rows.ts';

/** Prints the row of each trial and the means that the study compares; every MLflow run in the rows must exist. */
export async function printStudy(study: Study, environment: Variables): Promise<void> {
  const trials = await study.trials();
  for (const { mlflow_run_id } of trials) {
    await askHttp(`${environment.MLFLOW_TRACKING_URI}/api/2.0/mlflow/runs/get?run_id=${mlflow_run_id}`);
  }
  console.log(`\nThe trials of ${study.run}, from Postgres:\n`);
  printTable(
    [
      'trial',
      'spectral_norm',
      'learning_rate',
      'n_layers',
      'val_accuracy',
      'points',
      'duration_ms',
      'status',
      'mlflow_run_id',
    ],
    trials.map((row) => [
      row.trial_id,
      String(row.spectral_norm),
      String(row.learning_rate),
      String(row.n_layers),
      row.val_accuracy?.toFixed(3) ?? '',
      String(row.points),
      String(row.duration_ms),
      row.status,
      row.mlflow_run_id ?? '',
    ]),
  );
  console.log('\nMean val_accuracy by spectral_norm:\n');
  printTable(
    ['spectral_norm', 'trials', 'mean val_accuracy'],
    (await study.meanValAccuracy()).map((row) => [
      String(row.spectral_norm),
      String(row.trials),
      row.mean_val_accuracy.toFixed(3),
    ]),
  );
}

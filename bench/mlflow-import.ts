import { randomBytes } from 'node:crypto';
import type { MlflowClient } from '../src/mlflow/client.ts';
import { metricOf, paramOf } from '../src/mlflow/entities.ts';
import type { StoredRun } from '../src/mlflow/stored-entities.ts';
import { accepted } from '../src/mlflow-import/accepted.ts';
import { planReads } from '../src/mlflow-import/history-reads.ts';
import { importExperiment } from '../src/mlflow-import/import-experiment.ts';
import { inParallel } from '../src/mlflow-import/in-parallel.ts';
import { createPatience } from '../src/mlflow-import/patience.ts';
import { readHistory } from '../src/mlflow-import/read-history.ts';
import { migrate } from '../src/store/migrate.ts';
import { type Place, withPlace } from './place.ts';
import { type Figure, format } from './table.ts';

const RUNS = 100;
const NAMES = ['train_loss', 'train_accuracy', 'val_loss', 'val_accuracy'];
const STEPS = 1_000;
const POINTS = RUNS * NAMES.length * STEPS;
const READS_AT_ONCE = 4;
const LEAST_SHARE = 0.8;
const STARTED = Date.UTC(2025, 0, 1);

/** Fills an experiment with finished runs, and returns them. */
async function fill(client: MlflowClient, experiment: string): Promise<readonly StoredRun[]> {
  const experimentId = accepted(await client.createExperiment({ name: experiment, tags: [] }));
  const numbers = Array.from({ length: RUNS }, (_, number) => number);
  await inParallel(
    READS_AT_ONCE,
    numbers.map((number) => async () => {
      const startTimeMs = STARTED + number;
      const { runId } = accepted(
        await client.createRun({ experimentId, startTimeMs, name: `run ${number}`, tags: [] }),
      );
      for (const name of NAMES) {
        const steps = Array.from({ length: STEPS }, (_, step) => step);
        const points = steps.map((step) => ({
          name,
          value: Math.sin(step + number),
          timestampMs: STARTED + step,
          step,
        }));
        accepted(await client.logMetrics(runId, points.map(metricOf)));
      }
      accepted(await client.logParams(runId, [paramOf('seed', String(number))]));
      accepted(await client.updateRun(runId, { status: 'FINISHED', endTimeMs: STARTED + STEPS }));
    }),
  );
  const search = { experimentIds: [experimentId], view: 'ALL', maxResults: RUNS } as const;
  return accepted(await client.searchRuns(search)).items;
}

/** Points a second of `read`, which returns the number of points it has read. */
async function rateOf(what: string, read: () => Promise<number>): Promise<number> {
  const started = performance.now();
  const points = await read();
  if (points !== POINTS) throw new Error(`${what}: ${points} of ${POINTS} points`);
  const perSecond = points / ((performance.now() - started) / 1_000);
  console.log(`${what}: ${format(perSecond)} points/s`);
  return perSecond;
}

/** Reads each history of each run by itself, as a plain loop does. */
async function readEach(client: MlflowClient, runs: readonly StoredRun[]): Promise<number> {
  let points = 0;
  const series = runs.flatMap(({ runId }) => NAMES.map((name) => ({ runId, name })));
  await inParallel(
    READS_AT_ONCE,
    series.map((each) => async () => {
      const { items } = accepted(await client.getHistory({ ...each, maxResults: 25_000 }));
      points += items.length;
    }),
  );
  return points;
}

/** Reads the histories as the import does, and drops them. */
async function readTogether(client: MlflowClient, runs: readonly StoredRun[]): Promise<number> {
  let total = 0;
  const patience = createPatience(new AbortController().signal);
  const reader = {
    async onPoints(_run: StoredRun, _name: string, points: readonly unknown[]) {
      total += points.length;
    },
    onRefused(run: StoredRun, name: string, message: string) {
      throw new Error(`${name} of ${run.runId}: ${message}`);
    },
  };
  await inParallel(
    READS_AT_ONCE,
    planReads(runs).map((read) => () => readHistory(client, read, reader, patience)),
  );
  return total;
}

async function importAll({ connections }: Place, experiment: string): Promise<number> {
  const options = { experiment, since: undefined, dryRun: false, withArtifacts: true };
  const hooks = { signal: new AbortController().signal, showProgress: () => ({ end: () => undefined }) };
  const { tally } = await importExperiment(connections, options, hooks);
  if (tally.of('imported') !== RUNS) throw new Error(`${tally.of('imported')} of ${RUNS} runs are imported`);
  return tally.points;
}

async function measure(place: Place): Promise<{ readonly reading: number; readonly importing: number }> {
  await migrate(place.config.postgres.url.reveal());
  const client = await place.connections.mlflow();
  const experiment = `bench-${randomBytes(5).toString('hex')}`;
  const runs = await fill(client, experiment);
  console.log(`${format(POINTS)} points of ${RUNS} runs are in MLflow`);
  const reading = [
    await rateOf('reading each history', () => readEach(client, runs)),
    await rateOf('reading them together', () => readTogether(client, runs)),
  ];
  const importing = await rateOf('import', () => importAll(place, experiment));
  reading.push(await rateOf('reading them together', () => readTogether(client, runs)));
  return { reading: Math.max(...reading), importing };
}

/** The rate of an import, and the best rate at which this MLflow returns the same histories. */
export async function run(): Promise<readonly Figure[]> {
  const { reading, importing } = await withPlace(measure);
  const share = importing / reading;
  return [
    {
      work: `import of ${format(POINTS)} points of ${RUNS} MLflow runs`,
      measured: `${format(importing)} points/s, ${format(share, 2)} x reading alone (${format(reading)})`,
      toReach: `at least ${LEAST_SHARE} x the rate of reading the histories alone`,
      met: share >= LEAST_SHARE,
    },
  ];
}

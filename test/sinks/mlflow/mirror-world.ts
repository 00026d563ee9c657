import pg from 'pg';
import { loadConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics, type Metrics } from '../../../src/metrics.ts';
import { type MlflowClient, openMlflow } from '../../../src/mlflow/client.ts';
import type { StoredPoint, StoredRun } from '../../../src/mlflow/stored-entities.ts';
import type { Sink } from '../../../src/runtime/sink.ts';
import { listExperimentRuns } from '../../../src/sinks/mlflow/list-experiment-runs.ts';
import { createMlflowSink, type MlflowSinkOptions } from '../../../src/sinks/mlflow/mlflow-sink.ts';
import { createAdvisoryLocks } from '../../../src/store/advisory-locks.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { createWorld, mlflowReady, type World } from '../../support/world.ts';

/** A run of MLflow with the whole history of its metrics. */
export interface ReadRun extends StoredRun {
  readonly points: ReadonlyMap<string, readonly StoredPoint[]>;
}

/** The real MLflow, and a database for the links of one test file. */
export interface MirrorWorld extends World {
  readonly mlflowUrl: string;
  readonly client: MlflowClient;
  readonly database: pg.Pool;
  /** The name of a run that no other test uses. */
  runId(name: string): string;
  /** A sink as another process would have it, which is closed with the test file; `url` is the way to MLflow. */
  openSink(options?: SinkSettings): Promise<OpenSink>;
  /** The runs of an experiment, in the order of their names. */
  runs(modelRunId: string, view?: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'): Promise<readonly ReadRun[]>;
}

export interface SinkSettings extends Partial<MlflowSinkOptions> {
  readonly url?: string;
  /** How long a call that creates a run may be in progress, as the settings allow no time this short. */
  readonly timeoutMs?: number;
}

export interface OpenSink {
  readonly sink: Sink;
  /** The sum of a counter or gauge over its labels that match. */
  count(
    metric: 'mlflowRuns' | 'mlflowRecords' | 'mlflowRefused' | 'mlflowAway' | 'mlflowCalls',
    labels?: object,
  ): Promise<number>;
}

/** @param server another MLflow than the one of the stack. */
export async function createMirrorWorld(server?: {
  readonly url: string;
  readonly credentials: { readonly username: string; readonly password: string };
}): Promise<MirrorWorld> {
  const world = await createWorld();
  const mlflowUrl = server?.url ?? (await mlflowReady());
  const credentials = server && {
    MLFLOW_TRACKING_USERNAME: server.credentials.username,
    MLFLOW_TRACKING_PASSWORD: server.credentials.password,
  };
  await migrate(world.databaseUrl);
  const config = loadConfig({ ...world.environment, MLFLOW_TRACKING_URI: mlflowUrl, ...credentials });
  const locks = createAdvisoryLocks(world.databaseUrl, 'test');
  const client = openMlflow(config.mlflow, { locks, metrics: createMetrics() });
  const database = new pg.Pool({ connectionString: world.databaseUrl, max: 2 });
  const sinks: Sink[] = [];
  const names = new Set<string>();
  const { signal } = new AbortController();

  async function experimentOf(name: string): Promise<string | undefined> {
    const found = await client.getExperimentByName(name);
    return found.ok ? found.value.experimentId : undefined;
  }

  async function pointsOf({ runId, latest }: StoredRun): Promise<ReadonlyMap<string, readonly StoredPoint[]>> {
    const points = new Map<string, readonly StoredPoint[]>();
    for (const name of latest.keys()) {
      const page = await client.getHistory({ runId, name, maxResults: 25_000 });
      if (!page.ok) throw new Error(page.refusal.message);
      points.set(name, page.value.items);
    }
    return points;
  }

  return {
    ...world,
    mlflowUrl,
    client,
    database,
    runId(name) {
      const id = `${world.topicPrefix}${name}`;
      names.add(id);
      return id;
    },
    async openSink({ url = mlflowUrl, timeoutMs = 31_000, ...options } = {}) {
      const metrics = createMetrics();
      const { mlflow, mirror } = loadConfig({ MLFLOW_TRACKING_URI: url, MLFLOW_LINGER_MS: '0', ...credentials });
      const sink = createMlflowSink({
        databaseUrl: world.databaseUrl,
        poolSize: 2,
        mlflow: { ...mlflow, timeoutMs },
        mirror,
        log: createLog('silent'),
        metrics,
        // No sink of another test makes a backfill in between.
        backfillsEveryMs: 3_600_000,
        ...options,
      });
      await sink.open();
      sinks.push(sink);
      return { sink, count: (name, labels = {}) => countOf(metrics, name, labels) };
    },
    async runs(modelRunId, view = 'ACTIVE_ONLY') {
      const experimentId = await experimentOf(modelRunId);
      if (experimentId === undefined) return [];
      const found: ReadRun[] = [];
      for await (const page of listExperimentRuns(client, { experimentId, view }, signal)) {
        for (const run of page) found.push({ ...run, points: await pointsOf(run) });
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async close() {
      for (const sink of sinks) await sink.close();
      for (const name of names) await deleteExperiment(mlflowUrl, await experimentOf(name));
      await client.close();
      await locks.close();
      await database.end();
      await world.close();
    },
  };
}

async function deleteExperiment(mlflowUrl: string, experimentId: string | undefined): Promise<void> {
  if (experimentId === undefined) return;
  await fetch(`${mlflowUrl}/api/2.0/mlflow/experiments/delete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ experiment_id: experimentId }),
  });
}

async function countOf(metrics: Metrics, name: keyof Omit<Metrics, 'registry'>, labels: object): Promise<number> {
  const { values } = await metrics[name].get();
  return values
    .filter((value) => Object.entries(labels).every(([label, wanted]) => value.labels[label as never] === wanted))
    .reduce((sum, { value }) => sum + value, 0);
}

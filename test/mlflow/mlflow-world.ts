import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../src/config.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { Result } from '../../src/mlflow/ask.ts';
import { type MlflowClient, openMlflow } from '../../src/mlflow/client.ts';
import { createAdvisoryLocks } from '../../src/store/advisory-locks.ts';
import { createWorld, mlflowReady, type World } from '../support/world.ts';

/** A client of the real MLflow, and experiments of one test file. */
export interface MlflowWorld {
  readonly world: World;
  readonly client: MlflowClient;
  readonly metrics: ReturnType<typeof createMetrics>;
  /** A name that no other file uses. */
  name(suffix: string): string;
  createExperiment(suffix: string): Promise<string>;
  createRun(experimentId: string, name?: string): Promise<string>;
  close(): Promise<void>;
}

export async function createMlflowWorld(): Promise<MlflowWorld> {
  const world = await createWorld();
  const uri = await mlflowReady();
  const locks = createAdvisoryLocks(world.databaseUrl, 'test');
  const metrics = createMetrics();
  const config = loadConfig({ ...world.environment, MLFLOW_TRACKING_URI: uri });
  const client = openMlflow(config.mlflow, { locks, metrics });
  const prefix = `test-${randomBytes(5).toString('hex')}-`;
  return {
    world,
    client,
    metrics,
    name: (suffix) => `${prefix}${suffix}`,
    createExperiment: async (suffix) =>
      accepted(await client.createExperiment({ name: `${prefix}${suffix}`, tags: [] })),
    createRun: async (experimentId, name = 'run') =>
      accepted(await client.createRun({ experimentId, startTimeMs: 1_760_000_000_000, name, tags: [] })).runId,
    async close() {
      await client.close();
      await locks.close();
      await world.close();
    },
  };
}

/** The value of a call that was not refused. */
export function accepted<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`refused: ${result.refusal.kind}: ${result.refusal.message}`);
}

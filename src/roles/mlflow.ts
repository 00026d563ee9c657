import { createMlflowSink } from '../sinks/mlflow/mlflow-sink.ts';
import type { Role } from './role.ts';

/** The role does not wait for MLflow at its start: the sink waits, so that the other roles of the process need not. */
export const mlflow = {
  kind: 'sink',
  name: 'mlflow',
  summary: 'mirrors trials to runs of MLflow, with params, metrics, tags and status',
  reads: ['ml.events.high', 'ml.events.realtime'],
  writes: [],
  migrates: true,
  needs: ['kafka', 'registry', 'postgres'],
  isConfigured: ({ mlflow: { trackingUri } }) => trackingUri !== undefined,
  createSink: ({ config, telemetry, signal }) =>
    createMlflowSink({
      databaseUrl: config.postgres.url.reveal(),
      poolSize: config.postgres.poolSize,
      migrate: config.postgres.migrate,
      mlflow: config.mlflow,
      mirror: config.mirror,
      signal,
      ...telemetry,
    }),
} as const satisfies Role;

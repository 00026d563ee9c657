import { createPostgresSink } from '../sinks/postgres/postgres-sink.ts';
import type { Role } from './role.ts';

export const postgres = {
  kind: 'sink',
  name: 'postgres',
  summary: 'merges runs, trials and metric points into tables',
  reads: ['ml.events.high', 'ml.events.realtime', 'ml.commands'],
  writes: [],
  migrates: true,
  needs: ['kafka', 'registry', 'postgres'],
  createSink: ({ config, telemetry }, target) =>
    createPostgresSink({
      databaseUrl: config.postgres.url.reveal(),
      poolSize: config.postgres.poolSize,
      migrate: config.postgres.migrate,
      ...telemetry,
      ...target,
    }),
} as const satisfies Role;

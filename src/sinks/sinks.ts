import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Role } from '../pipeline.ts';
import type { Sink } from '../runtime/stage.ts';
import { createPostgresSink } from './postgres.ts';

/** Makes the sink of each role that is one. */
export const createSinks = (
  config: Config,
  log: Log,
  metrics: Metrics,
): Readonly<Partial<Record<Role, () => Sink>>> => ({
  postgres: () =>
    createPostgresSink({ databaseUrl: config.databaseUrl, poolSize: config.databasePoolSize, log, metrics }),
});

import { FEED_TOPICS } from '../feed-position.ts';
import { deepLinks } from '../mlflow/deep-links.ts';
import { publicBaseOf } from '../mlflow/mlflow-access.ts';
import { createQueryDatabase } from '../queries/database.ts';
import { pipelineRoute } from '../queries/pipeline-route.ts';
import { queryRoutes } from '../queries/query-routes.ts';
import { openStore } from '../sinks/archive/open-store.ts';
import { createPool, POOL_TIMEOUTS } from '../store/pool.ts';
import type { Role } from './role.ts';

export const queries = {
  kind: 'service',
  name: 'queries',
  summary: 'answers questions about runs, trials and metrics over HTTP',
  reads: [],
  writes: [],
  needs: ['kafka', 'postgres'],
  watches: { operation: 'DESCRIBE', role: 'postgres', topics: FEED_TOPICS },
  async start(platform) {
    const { config, telemetry, lifecycle } = platform;
    const position = await platform.tablePosition();
    const pipeline = await platform.pipelineState();
    const settings = {
      ...POOL_TIMEOUTS,
      databaseUrl: config.postgres.url.reveal(),
      poolSize: config.queries.poolSize,
      statementTimeoutMs: config.queries.timeoutMs,
      isForQueries: true,
    };
    // Not the pool of other routes: a heavy comparison must not hold them up.
    const pool = await lifecycle.start(
      'Postgres pool of queries',
      () => createPool(settings, telemetry.log, { metrics: telemetry.metrics, pool: 'queries' }),
      (opened) => opened.end(),
    );
    const store = await lifecycle.start(
      'bucket of queries',
      () => openStore(config.s3, telemetry.metrics),
      (opened) => opened.close(),
    );
    const mlflow = publicBaseOf(config.mlflow);
    platform.serve(
      pipelineRoute(pipeline),
      ...queryRoutes({
        database: createQueryDatabase(pool, config.queries.timeoutMs),
        store,
        asOf: async () => ({ as_of: await position() }),
        mlflowLinks: mlflow === undefined ? undefined : deepLinks(mlflow),
      }),
    );
  },
} as const satisfies Role;

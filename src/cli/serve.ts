import cluster from 'node:cluster';
import { Command } from 'commander';
import { startCluster } from '../cluster/primary.ts';
import { shareLogLevel } from '../cluster/share-log-level.ts';
import { type Config, loadConfig } from '../config.ts';
import { UsageError } from '../errors.ts';
import { createLog, type Log } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { ROLE_NAMES, ROLES, type RoleName } from '../pipeline.ts';
import { isConfigured, type Role } from '../roles/role.ts';
import { type Serving, serve } from '../serve.ts';
import { parseRoles } from './arguments.ts';

/** `thunderline serve --roles router,postgres`: runs some roles, on the servers that the environment names. */
export const serveCommand = (): Command =>
  new Command('serve')
    .description('run some roles in this process')
    .requiredOption('--roles <roles>', `comma-separated, of ${ROLE_NAMES.join(', ')}`, parseRoles)
    .option('--no-migrate', 'wait until "thunderline migrate" has run, instead of migrating the tables')
    .action(({ roles, migrate }: { roles: readonly Role[]; migrate: boolean }) => run(roles, migrate));

/** `thunderline start`: runs all roles in one process, except for those whose system no setting names. */
export const startCommand = (): Command =>
  new Command('start')
    .description('run all roles in one process; the role mlflow if MLFLOW_TRACKING_URI is set')
    .action(() => run(ROLES.filter((role) => isConfigured(role, loadConfig()))));

/** The settings with `DATABASE_MIGRATE=never`. */
const withoutMigrating = (config: Config): Config => ({
  ...config,
  postgres: { ...config.postgres, migrate: 'never' },
});

/** The roles that only serve HTTP, so that several processes on one port may run them. */
const HTTP_ROLES: ReadonlySet<string> = new Set<RoleName>(['gateway', 'commands']);

/** Starts the roles in this process, or those of the gateway in `GATEWAY_WORKERS` processes when that is more than one. */
async function begin(config: Config, roles: readonly Role[], log: Log, signal: AbortSignal): Promise<Serving> {
  if (config.http.workers === 1 || cluster.isWorker) return serve(config, roles, log, signal);
  if (!roles.every(({ name }) => HTTP_ROLES.has(name))) {
    throw new UsageError(
      `GATEWAY_WORKERS=${config.http.workers} requires the gateway to be the only role, apart from commands: run ` +
        '"thunderline serve --roles gateway,commands", and the other roles in a process without this variable',
    );
  }
  return startCluster({ config, log, metrics: createMetrics(), signal });
}

/** Serves until a signal or a failure. A failure ends the process with status 1, so that a supervisor restarts it. */
async function run(roles: readonly Role[], migrates = true): Promise<void> {
  const config = migrates ? loadConfig() : withoutMigrating(loadConfig());
  const log = createLog(config.process.logLevel, undefined, config.redact);
  const signal = Promise.withResolvers<NodeJS.Signals>();
  // Each signal is handled, not only the first: a terminal signals a whole group of processes, and the parents among them
  // pass it on. A stop has its own deadline, so a second signal is not needed to hurry it.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, signal.resolve);

  process.on('SIGUSR2', () => shareLogLevel(log, log.level === 'debug' ? config.process.logLevel : 'debug'));

  const aborting = new AbortController();
  const starting = begin(config, roles, log, aborting.signal);
  const serving = await Promise.race([starting, signal.promise]);
  if (typeof serving === 'string') {
    aborting.abort();
    await starting
      .then((started) => started.stop())
      .catch(() => log.info({ signal: serving }, 'the start was cancelled'));
    process.exit(0);
  }
  const reason = await Promise.race([signal.promise, serving.failed]);
  if (typeof reason === 'string') log.info({ signal: reason }, 'stopping');
  else log.fatal({ cause: reason }, 'a role failed permanently; stopping');
  await serving.stop();
  // A stopped role can leave the socket of a broker that hangs; the exit must not wait for it.
  process.exit(typeof reason === 'string' ? 0 : 1);
}

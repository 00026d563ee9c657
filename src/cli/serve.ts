import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { UsageError } from '../errors.ts';
import { createLog } from '../log.ts';
import { ALL_ROLES, type Role } from '../pipeline.ts';
import { serve } from '../serve.ts';

/** `thunderline serve --roles router,postgres`: some roles in this process, on the parts the environment names. */
export const serveCommand = (): Command =>
  new Command('serve')
    .description('run some roles in this process')
    .requiredOption('--roles <roles>', `comma-separated, of ${ALL_ROLES.join(', ')}`, parseRoles)
    .action(({ roles }: { roles: Role[] }) => run(roles));

/** `thunderline start`: all roles in one process. */
export const startCommand = (): Command =>
  new Command('start').description('run all roles in one process').action(() => run(ALL_ROLES));

function parseRoles(text: string): Role[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !ALL_ROLES.some((role) => role === name));
  if (unknown.length > 0) throw new UsageError(`no role ${unknown.join(', ')}: there are ${ALL_ROLES.join(', ')}`);
  return ALL_ROLES.filter((role) => names.includes(role));
}

/** Serves until a signal or a failure. A failure ends the process with status 1, so that a supervisor starts it anew. */
async function run(roles: readonly Role[]): Promise<void> {
  const config = loadConfig();
  const log = createLog(config.logLevel);
  const signal = Promise.withResolvers<NodeJS.Signals>();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, signal.resolve);

  const aborting = new AbortController();
  const starting = serve(config, roles, log, aborting.signal);
  const serving = await Promise.race([starting, signal.promise]);
  if (typeof serving === 'string') {
    aborting.abort();
    await starting.then((started) => started.stop()).catch(() => log.info({ signal: serving }, 'start was given up'));
    process.exit(0);
  }
  const reason = await Promise.race([signal.promise, serving.failed]);
  if (typeof reason === 'string') log.info({ signal: reason }, 'stopping');
  else log.fatal({ cause: reason }, 'a role failed for good');
  await serving.stop();
  // Stopped parts can leave a socket of a broker that hangs; the exit must not wait for it.
  process.exit(typeof reason === 'string' ? 0 : 1);
}

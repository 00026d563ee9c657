import { loadConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { ROLE_NAMES, ROLES } from '../src/pipeline.ts';
import { type Serving, serve } from '../src/serve.ts';
import type { Variables } from './parts/part.ts';
import { writeEnvFile } from './stack/env-file.ts';
import { freePort } from './stack/ports.ts';
import { seconds } from './stack/progress.ts';
import { type Stack, type StackOptions, startStack } from './stack/stack.ts';
import type { Running } from './stack/until-stopped.ts';

const DEFAULT_PORT = 4000;

/** With the parts' eight seconds at worst this stays under the fifteen that a stop may take. */
const ROLES_SHUTDOWN_MS = '5000';

/** The parts, and every role on them in this process. */
export interface System extends Running {
  readonly url: string;
  readonly environment: Variables;
}

/** Boots the parts, then starts all roles; `defaults` stand for variables that the environment does not set. */
export async function startSystem(options: StackOptions, defaults: Variables = {}): Promise<System> {
  const { home, progress } = options;
  // MLflow takes longest and no role needs it to start.
  const stack = await startStack({ ...options, later: ['mlflow'] });
  let serving: Serving | undefined;
  const stop = async (): Promise<void> => {
    if (serving) {
      progress.report('roles', 'stopping');
      await serving.stop();
      progress.report('roles', 'stopped', true);
    }
    await stack.stop();
  };
  const broken = Promise.race([rejectedBy(stack.failed), rejectedBySignal(options.signal)]);
  broken.catch(() => {});
  try {
    serving = await Promise.race([startRoles(options, stack, defaults), broken]);
    await Promise.race([stack.ready('mlflow'), rejectedBy(serving.failed), broken]);
  } catch (error) {
    await stop();
    throw error;
  }
  const environment = { PORT: String(serving.port), ...stack.environment };
  writeEnvFile(home, environment);
  return { url: serving.url, environment, failed: Promise.race([serving.failed, stack.failed]), stop };
}

async function startRoles(
  { environment, progress }: StackOptions,
  stack: Stack,
  defaults: Variables,
): Promise<Serving> {
  const started = Date.now();
  progress.report('roles', `starting ${ROLE_NAMES.join(', ')}`);
  const port = environment.PORT ? Number(environment.PORT) : await freePort(DEFAULT_PORT);
  if (!environment.PORT && port !== DEFAULT_PORT) {
    progress.note(`Port ${DEFAULT_PORT} is taken, so the gateway listens on ${port}.`);
  }
  const config = loadConfig({
    SHUTDOWN_MS: ROLES_SHUTDOWN_MS,
    ...defaults,
    ...environment,
    ...stack.environment,
    PORT: String(port),
  });
  const serving = await serve(config, ROLES, createLog(config.process.logLevel));
  progress.report('roles', `ready in ${seconds(Date.now() - started)} at ${serving.url}`, true);
  return serving;
}

async function rejectedBy(failed: Promise<Error>): Promise<never> {
  throw await failed;
}

function rejectedBySignal(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

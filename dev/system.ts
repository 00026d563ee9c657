import { join } from 'node:path';
import { loadConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { ROLE_NAMES, ROLES } from '../src/pipeline.ts';
import { type Serving, serve } from '../src/serve.ts';
import { bridgeMode } from './bridge-mode.ts';
import { seconds } from './machine/progress.ts';
import type { Variables } from './parts/part.ts';
import { removeEnvFile, writeEnvFile } from './stack/env-file.ts';
import { HomeTaken, processOn } from './stack/home.ts';
import { type HeldPort, holdPort } from './stack/ports.ts';
import { sharedDefaults, sharedSettings } from './stack/shared-variables.ts';
import { type Stack, type StackOptions, startStack } from './stack/stack.ts';
import { hasPortOf, recordAddresses, withoutStaleAddresses } from './stack/stale-addresses.ts';
import type { Running } from './stack/until-stopped.ts';

const DEFAULT_PORT = 4000;
const MAX_PORTS = 5;

/** The roles have five seconds and the parts eight: together less than the fifteen that a stop may take. */
const ROLES_SHUTDOWN_MS = '5000';

/** The parts, and all roles in this process. */
export interface System extends Running {
  readonly url: string;
  readonly environment: Variables;
}

/** Boots the parts, then starts all roles; `defaults` are the values of variables that the environment does not set. */
export async function startSystem(options: StackOptions, defaults: Variables = {}): Promise<System> {
  const { home, progress } = options;
  const other = processOn(home);
  if (other !== undefined && hasPortOf(home, options.environment)) throw new HomeTaken(home, other);
  // No role needs MLflow to start, and it takes the longest.
  const stack = await startStack({ ...options, later: ['mlflow'] });
  let gateway: Gateway | undefined;
  const stop = async (): Promise<void> => {
    if (gateway) {
      progress.report('roles', 'stopping');
      await gateway.serving.stop();
      await gateway.held?.free();
      progress.report('roles', 'stopped', true);
    }
    if (other === undefined) removeEnvFile(home);
    await stack.stop();
  };
  const broken = Promise.race([rejectedBy(stack.failed), rejectedBySignal(options.signal)]);
  broken.catch(() => {});
  try {
    gateway = await Promise.race([startRoles(options, stack, defaults), broken]);
    await Promise.race([stack.ready('mlflow'), rejectedBy(gateway.serving.failed), broken]);
  } catch (error) {
    await stop();
    throw error;
  }
  const { serving } = gateway;
  const environment = { ...gateway.shared, ...stack.environment };
  if (other === undefined) writeEnvFile(home, environment);
  return { url: serving.url, environment, failed: Promise.race([serving.failed, stack.failed]), stop };
}

interface Gateway {
  readonly serving: Serving;
  /** Undefined when the environment names the port. */
  readonly held?: HeldPort;
  /** Variables for the `env` file. */
  readonly shared: Variables;
}

async function startRoles(options: StackOptions, stack: Stack, defaults: Variables): Promise<Gateway> {
  const { progress, home } = options;
  const { environment } = withoutStaleAddresses(options.environment);
  const place = { parts: options.parts, environment };
  const started = Date.now();
  progress.report('roles', `starting ${ROLE_NAMES.join(', ')}`);
  const startOn = async (port: number): Promise<Gateway> => {
    Object.assign(process.env, workerVariables(options, stack, port));
    const config = loadConfig({
      SHUTDOWN_MS: ROLES_SHUTDOWN_MS,
      ...bridgeMode(options.environment),
      ...sharedDefaults(place, port),
      ...defaults,
      ...environment,
      ...stack.environment,
      PORT: String(port),
    });
    const serving = await serve(config, ROLES, createLog(config.process.logLevel, undefined, config.redact));
    progress.report('roles', `ready in ${seconds(Date.now() - started)} at ${serving.url}`, true);
    const chosen = sharedDefaults(place, serving.port);
    recordAddresses(home, chosen);
    return { serving, shared: { ...sharedSettings(place), ...chosen } };
  };
  if (environment.PORT) return startOn(Number(environment.PORT));

  for (let attempt = 1, taken = DEFAULT_PORT - 1; ; attempt += 1) {
    const held = await holdPort(taken + 1);
    if (held.port !== DEFAULT_PORT) {
      progress.note(`Port ${held.port - 1} is taken, so the gateway listens on ${held.port}.`);
    }
    await held.release();
    try {
      return { ...(await startOn(held.port)), held };
    } catch (error) {
      await held.free();
      const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' || attempt === MAX_PORTS) throw error;
      taken = held.port;
    }
  }
}

/** Variables that the bridge's workers inherit from this process, unless it has others. */
function workerVariables({ home, environment }: StackOptions, stack: Stack, port: number): Variables {
  const { MLFLOW_TRACKING_URI = '' } = stack.environment;
  return {
    THUNDERLINE_URL: environment.THUNDERLINE_URL || `http://127.0.0.1:${port}`,
    THUNDERLINE_SPOOL_DIR: environment.THUNDERLINE_SPOOL_DIR || join(home, 'data/spool'),
    MLFLOW_TRACKING_URI,
    MLFLOW_DISABLE_TELEMETRY: 'true',
    // Several workers on small matrices: more threads would only wait for each other.
    OPENBLAS_NUM_THREADS: environment.OPENBLAS_NUM_THREADS || '1',
  };
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

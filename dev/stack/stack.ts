import { createKeyedMutex } from '../machine/keyed-mutex.ts';
import { requirePrerequisites, type Tool } from '../machine/prerequisites.ts';
import { type Progress, seconds } from '../machine/progress.ts';
import type { Part, PartName, Variables } from '../parts/part.ts';
import { removeEnvFile } from './env-file.ts';
import { awaitLeftovers, claimHome, secretsOf } from './home.ts';
import { partsToStart, prerequisitesOf, variablesFromElsewhere } from './parts-to-start.ts';
import { type HeldPort, holdPort } from './ports.ts';
import { recordAddresses, withoutStaleAddresses } from './stale-addresses.ts';
import { stopInReverse } from './stop-in-reverse.ts';
import { createWorksite, type Worksite } from './worksite.ts';

export interface StackOptions {
  /** The folder with the data, logs and settings of the parts; one stack at a time runs on it. */
  readonly home: string;
  /** The folder for downloaded programs, which homes share. */
  readonly parts: string;
  /** A part whose variable is set here runs elsewhere and is not started. */
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: Progress;
  /** Starts just these parts and those they need. */
  readonly only?: readonly PartName[];
  /** Parts that may still be booting when `startStack` resolves; see `Stack.ready`. */
  readonly later?: readonly PartName[];
  /** Tools that the caller needs in addition to those of the parts; a missing one ends the start before anything runs. */
  readonly tools?: readonly Tool[];
  /** Added to every default port. */
  readonly portOffset?: number;
  /** Ends the start. */
  readonly signal?: AbortSignal;
}

export interface Stack {
  /** The variables of every part, started here or elsewhere. A part of `later` may still change its own. */
  readonly environment: Variables;
  /** Resolves, once, with the error of a part that failed; never after `stop` was called. */
  readonly failed: Promise<Error>;
  /** Resolves when the part serves; at once for a part that runs elsewhere. */
  ready(part: PartName): Promise<void>;
  /** Stops every part before those it needs, within 15 s. Safe to call twice. */
  stop(): Promise<void>;
}

const NEVER = new Promise<never>(() => {});

/** Installs the missing parts and starts every part that does not run elsewhere, as many at once as their needs allow. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { home, parts, progress, tools = [] } = options;
  const { environment, stopped } = withoutStaleAddresses(options.environment);
  if (stopped.length > 0) {
    progress.note(`This shell has the addresses of a stack that has stopped; starting ${stopped.join(', ')} again.`);
  }
  const chosen = partsToStart(environment, options.only);
  const outside = variablesFromElsewhere(environment);
  requirePrerequisites([...prerequisitesOf(chosen, parts), ...tools], environment);
  if (chosen.length === 0) return { environment: outside, failed: NEVER, ready: async () => {}, stop: async () => {} };
  const release = claimHome(home);
  try {
    removeEnvFile(home);
    await awaitLeftovers(home);
    return await startParts({ ...options, environment }, chosen, outside, release);
  } catch (error) {
    release();
    throw error;
  }
}

async function holdPorts(part: Part, options: StackOptions): Promise<HeldPort[]> {
  const held: HeldPort[] = [];
  for (const wanted of part.ports.map((port) => port + (options.portOffset ?? 0))) {
    const port = await holdPort(wanted);
    if (port.port !== wanted) {
      options.progress.note(`Port ${wanted} is taken, so ${part.title} listens on ${port.port}.`);
    }
    held.push(port);
  }
  return held;
}

async function startParts(
  options: StackOptions,
  chosen: readonly Part[],
  outside: Variables,
  release: () => void,
): Promise<Stack> {
  const { home, progress, later = [] } = options;
  const secrets = secretsOf(home);
  const held = new Map<Part, HeldPort[]>();
  const variables: Record<string, string> = { ...outside };
  for (const part of chosen) {
    const ports = await holdPorts(part, options);
    held.set(part, ports);
    const numbers = ports.map(({ port }) => port);
    Object.assign(variables, part.variables(numbers, secrets, variables));
  }

  const abort = new AbortController();
  const failed = Promise.withResolvers<Error>();
  const fail = (error: Error): void => {
    if (abort.signal.aborted) return;
    abort.abort(error);
    failed.resolve(error);
  };
  const giveUp = (): void => fail(options.signal?.reason);
  options.signal?.addEventListener('abort', giveUp, { once: true });

  const shared = { ...options, secrets, variables, signal: abort.signal, mutex: createKeyedMutex() };
  const sites = new Map<PartName, Worksite>();
  const ready = new Map<PartName, Promise<void>>();
  for (const part of chosen) {
    const worksite = createWorksite(part, held.get(part) ?? [], shared);
    sites.set(part.name, worksite);
    const coming = bring(part, worksite, ready, progress).then(() =>
      recordAddresses(home, variablesOf(part, variables)),
    );
    ready.set(part.name, coming);
    coming.catch(fail);
    void worksite.died.then(fail);
  }

  const stop = once(async () => {
    abort.abort(new Error('The parts are being stopped.'));
    removeEnvFile(home);
    await Promise.allSettled(ready.values());
    await stopInReverse(chosen, sites, progress);
    release();
  });

  try {
    const awaited = chosen.filter(({ name }) => !later.includes(name)).map(({ name }) => ready.get(name));
    await Promise.race([Promise.all(awaited), failed.promise.then((error) => Promise.reject(error))]);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
  return { environment: variables, failed: failed.promise, ready: async (name) => ready.get(name), stop };
}

const variablesOf = ({ variable, companions }: Part, variables: Variables): Variables =>
  Object.fromEntries([variable, ...companions].map((name) => [name, variables[name] ?? '']));

/** Installs and boots one part. Installing starts at once; booting waits for the parts that this one needs. */
async function bring(
  part: Part,
  { site, boot }: Worksite,
  ready: ReadonlyMap<PartName, Promise<void>>,
  progress: Progress,
): Promise<void> {
  await part.install(site);
  if (part.needs.length > 0) site.report(`waiting for ${part.needs.join(' and ')}`);
  await Promise.all(part.needs.map((name) => ready.get(name)));
  site.signal.throwIfAborted();
  const started = Date.now();
  site.report('starting');
  await boot();
  const address = site.variables[part.variable]?.replace(/^postgres:.*@/, '');
  progress.report(part.name, `ready in ${seconds(Date.now() - started)} at ${address}`, true);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work();
    return running;
  };
}

import type { Part, PartName, Variables } from '../parts/part.ts';
import { removeEnvFile } from './env-file.ts';
import { awaitLeftovers, claimHome, secretsOf } from './home.ts';
import { createTurns } from './keyed-mutex.ts';
import { partsToStart, prerequisitesOf, variablesFromElsewhere } from './parts-to-start.ts';
import { type HeldPort, holdPort } from './ports.ts';
import { requirePrerequisites } from './prerequisites.ts';
import { type Progress, seconds } from './progress.ts';
import { createWorksite, type Worksite } from './worksite.ts';

export interface StackOptions {
  /** Holds the data, logs and settings of the parts; one stack at a time runs on it. */
  readonly home: string;
  /** Where programs are downloaded to; homes share it. */
  readonly parts: string;
  /** A part whose variable is set here runs elsewhere and is not started. */
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: Progress;
  /** Starts just these and what they need. */
  readonly only?: readonly PartName[];
  /** Parts that may get ready after `startStack` has returned; `ready` tells when. */
  readonly later?: readonly PartName[];
  /** Added to every default port. */
  readonly portOffset?: number;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
}

export interface Stack {
  /** How every part is found, started here or elsewhere. */
  readonly environment: Variables;
  /** Resolves, once, with the error of a part that failed; never after `stop` was called. */
  readonly failed: Promise<Error>;
  /** Resolves when the part serves; at once for one that runs elsewhere. */
  ready(part: PartName): Promise<void>;
  /** Stops every part before those it needs, within 15 s. Safe to call twice. */
  stop(): Promise<void>;
}

/** Installs what is missing and starts every part that does not run elsewhere, all at once as far as they allow it. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { home, parts, environment } = options;
  const chosen = partsToStart(environment, options.only);
  const outside = variablesFromElsewhere(environment);
  requirePrerequisites(prerequisitesOf(chosen, parts), environment);
  // With every part elsewhere nothing is written, so others may use the home at the same time.
  const release = chosen.length > 0 ? claimHome(home) : () => {};
  try {
    if (chosen.length > 0) {
      removeEnvFile(home);
      await awaitLeftovers(home);
    }
    return await startParts(options, chosen, outside, release);
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
    Object.assign(
      variables,
      part.variables(
        ports.map(({ port }) => port),
        secrets,
      ),
    );
  }

  const abort = new AbortController();
  let tellFailed: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    tellFailed = resolve;
  });
  const fail = (error: Error): void => {
    if (abort.signal.aborted) return;
    abort.abort(error);
    tellFailed(error);
  };
  const giveUp = (): void => fail(options.signal?.reason);
  options.signal?.addEventListener('abort', giveUp, { once: true });

  const shared = { ...options, secrets, variables, signal: abort.signal, turns: createTurns() };
  const sites = new Map<PartName, Worksite>();
  const ready = new Map<PartName, Promise<void>>();
  for (const part of chosen) {
    const worksite = createWorksite(part, held.get(part) ?? [], shared);
    sites.set(part.name, worksite);
    const coming = bring(part, worksite, ready, progress);
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
    await Promise.race([Promise.all(awaited), failed.then((error) => Promise.reject(error))]);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
  return { environment: variables, failed, ready: async (name) => ready.get(name), stop };
}

/** One part from nothing to serving. Installing starts at once; booting waits for what the part needs. */
async function bring(
  part: Part,
  { site }: Worksite,
  ready: ReadonlyMap<PartName, Promise<void>>,
  progress: Progress,
): Promise<void> {
  await part.install(site);
  if (part.needs.length > 0) site.report(`waiting for ${part.needs.join(' and ')}`);
  await Promise.all(part.needs.map((name) => ready.get(name)));
  site.signal.throwIfAborted();
  const started = Date.now();
  site.report('starting');
  await part.boot(site);
  const address = site.variables[part.variable]?.replace(/^postgres:.*@/, '');
  progress.report(part.name, `ready in ${seconds(Date.now() - started)} at ${address}`, true);
}

/** A part stops once everything that needs it has stopped. */
async function stopInReverse(
  chosen: readonly Part[],
  sites: ReadonlyMap<PartName, Worksite>,
  progress: Progress,
): Promise<void> {
  const stopped = new Map<PartName, Promise<void>>();
  for (const part of chosen.toReversed()) {
    const dependants = chosen.filter(({ needs }) => needs.includes(part.name)).map(({ name }) => stopped.get(name));
    const stopping = Promise.all(dependants).then(async () => {
      progress.report(part.name, 'stopping');
      await sites.get(part.name)?.stop();
      progress.report(part.name, 'stopped', true);
    });
    stopped.set(part.name, stopping);
  }
  await Promise.all(stopped.values());
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work();
    return running;
  };
}

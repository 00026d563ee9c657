import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../machine/process-mark.ts';
import { PART_NAMES, type PartName, type Variables } from '../parts/part.ts';
import { PARTS } from '../parts/parts.ts';
import { processOn } from './home.ts';
import { SHARED_VARIABLES } from './shared-variables.ts';

/** The variable of an `env` file that names the home whose stack wrote it. */
export const STACK_VARIABLE = 'THUNDERLINE_STACK';

/** Values kept for each variable; a home that always finds its default ports needs one. */
const REMEMBERED = 20;

/** The addresses that parts started on a home have had, by variable, the current one last. */
type Addresses = Readonly<Record<string, readonly string[]>>;

const fileOf = (home: string): string => join(home, 'addresses.json');

const addressesOf = (home: string): Addresses => readJson<Addresses>(fileOf(home)) ?? {};

/** Records addresses of parts on this home, so that a later start recognises them in a shell that has loaded `env`. */
export function recordAddresses(home: string, variables: Variables): void {
  const known = addressesOf(home);
  const all = Object.entries(variables).map(([name, value]) => {
    const others = (known[name] ?? []).filter((other) => other !== value);
    return [name, [...others, value].slice(-REMEMBERED)];
  });
  mkdirSync(home, { recursive: true });
  const temporary = `${fileOf(home)}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify({ ...known, ...Object.fromEntries(all) }), { mode: 0o600 });
  renameSync(temporary, fileOf(home));
}

/** An environment, and the parts whose variables were removed from it. */
export interface FreshEnvironment {
  readonly environment: NodeJS.ProcessEnv;
  readonly stopped: readonly PartName[];
}

/**
 * Removes the addresses of a stack that has stopped. A shell that has loaded an `env` file keeps its variables after the
 * stack is gone; taken for parts that run elsewhere, they would be waited for without end. Only an environment in which
 * `THUNDERLINE_STACK` names the home is changed, so that parts in containers may use the same ports.
 */
export function withoutStaleAddresses(environment: NodeJS.ProcessEnv): FreshEnvironment {
  const home = environment[STACK_VARIABLE];
  if (!home) return { environment, stopped: [] };
  const addresses = addressesOf(home);
  const isRunning = processOn(home) !== undefined;
  const isStale = (name: string): boolean => {
    const value = environment[name];
    const known = addresses[name] ?? [];
    return value !== undefined && known.includes(value) && !(isRunning && known.at(-1) === value);
  };
  const stopped = PART_NAMES.filter((name) => isStale(PARTS[name].variable));
  const removed = new Set(stopped.flatMap((name) => [PARTS[name].variable, ...PARTS[name].companions]));
  for (const name of SHARED_VARIABLES) if (isStale(name)) removed.add(name);
  const kept = Object.entries(environment).filter(([name]) => !removed.has(name));
  return { environment: Object.fromEntries(kept), stopped };
}

/** Whether the environment comes from the `env` file of this home and has the gateway's current port. */
export const hasPortOf = (home: string, environment: NodeJS.ProcessEnv): boolean =>
  environment[STACK_VARIABLE] === home &&
  environment.PORT !== undefined &&
  addressesOf(home).PORT?.at(-1) === environment.PORT;

import { join } from 'node:path';
import { printError } from '../../dev/machine/print-error.ts';
import { createProgress } from '../../dev/machine/progress.ts';
import { HOME, PARTS_FOLDER } from '../../dev/stack/folders.ts';
import { HomeTaken } from '../../dev/stack/home.ts';
import { type Stack, startStack } from '../../dev/stack/stack.ts';
import { portOffset } from './port-offset.ts';

declare global {
  /** The stack that global-teardown.ts stops; jest loads the two files separately, in one process. */
  var stackOfTests: Stack | undefined;
}

/** A home for each run of this checkout at the same time. */
const HOMES = ['test', 'test-2', 'test-3', 'test-4'].map((name) => join(HOME, name));

/**
 * Starts one stack of real parts for the whole run, without the parts that the environment names
 * (`set -a; . .thunderline/env`). Test files find it through the same variables. MLflow may still be booting when the first
 * file runs: see `mlflowReady`.
 */
export default async function setUp(): Promise<void> {
  const stack = await startOnFreeHome(HOMES).catch((error: unknown) => {
    printError(error);
    process.exit(1);
  });
  globalThis.stackOfTests = stack;
  Object.assign(process.env, stack.environment);
  void stack.failed.then((error) => {
    console.error(`\nThe tests cannot go on: ${error.message}`);
    process.exit(1);
  });
}

async function startOnFreeHome([home, ...others]: readonly string[]): Promise<Stack> {
  if (home === undefined)
    throw new Error(`This checkout already has ${HOMES.length} test runs: ${HOMES.join(', ')} are in use.`);
  const progress = createProgress(process.stderr);
  try {
    return await startStack({
      home,
      parts: PARTS_FOLDER,
      environment: process.env,
      progress,
      later: ['mlflow'],
      portOffset: portOffset(home),
    });
  } catch (error) {
    if (error instanceof HomeTaken) return startOnFreeHome(others);
    throw error;
  } finally {
    progress.end();
  }
}

import { join } from 'node:path';
import { HOME, PARTS_FOLDER } from '../../dev/stack/folders.ts';
import { HomeTaken } from '../../dev/stack/home.ts';
import { createProgress } from '../../dev/stack/progress.ts';
import { type Stack, startStack } from '../../dev/stack/stack.ts';
import { portOffset } from './port-offset.ts';

declare global {
  /** What global-teardown.ts stops; jest loads the two files apart, in one process. */
  var stackOfTests: Stack | undefined;
}

/** Runs of one checkout at the same time, each with data of its own. */
const HOMES = ['test', 'test-2', 'test-3', 'test-4'].map((name) => join(HOME, name));

/**
 * One stack of real parts for the whole run, or what the environment names (`set -a; . .thunderline/env`). Test files
 * find it through the same variables. MLflow may still be booting when the first file runs: see `mlflowReady`.
 */
export default async function setUp(): Promise<void> {
  const stack = await startOnFreeHome(HOMES);
  globalThis.stackOfTests = stack;
  Object.assign(process.env, stack.environment);
  void stack.failed.then((error) => {
    console.error(`\nThe tests cannot go on: ${error.message}`);
    process.exit(1);
  });
}

async function startOnFreeHome([home, ...others]: readonly string[]): Promise<Stack> {
  if (home === undefined)
    throw new Error(`Too many test runs of this checkout at once: ${HOMES.join(', ')} are in use.`);
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

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../../../dev/machine/progress.ts';
import { PART_NAMES, type PartName } from '../../../dev/parts/part.ts';
import { HOME } from '../../../dev/stack/folders.ts';
import { BreakablePart } from './breakable-part.ts';

export const FAULTS_HOME = join(HOME, 'faults');

/** All parts except MLflow, which the delivery of events does not need. */
export type Breakable = Exclude<PartName, 'mlflow'>;
export type Parts = Readonly<Record<Breakable, BreakablePart>>;

declare global {
  /** The parts that global-setup.ts has started; environment.js passes them to every test file. */
  var partsOfFaults: Parts;
}

/** The parts of this run, for tests to break. */
export const parts: Parts = globalThis.partsOfFaults;

export async function startParts(progress: Progress): Promise<Parts> {
  const part = (name: Breakable) => new BreakablePart(name, join(FAULTS_HOME, name), progress);
  const starting = { postgres: part('postgres'), kafka: part('kafka'), registry: part('registry'), s3: part('s3') };
  const started = await Promise.allSettled([
    starting.postgres.start().then(() => starting.registry.start(starting.postgres.variables)),
    starting.kafka.start(),
    starting.s3.start(),
  ]);
  const failed = started.find((result) => result.status === 'rejected');
  if (failed === undefined) return starting;
  await stopParts(starting);
  throw failed.reason;
}

/** Stops all parts and removes their data; their logs stay, so that a failed run can be examined. */
export async function stopParts(started: Parts): Promise<void> {
  for (const name of PART_NAMES.toReversed()) if (name !== 'mlflow') await started[name].stop();
  for (const name of Object.keys(started)) rmSync(join(FAULTS_HOME, name, 'data'), { recursive: true, force: true });
}

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { PART_NAMES, type PartName } from '../../../dev/parts/part.ts';
import { HOME } from '../../../dev/stack/folders.ts';
import type { Progress } from '../../../dev/stack/progress.ts';
import { BreakablePart } from './breakable-part.ts';

export const FAULTS_HOME = join(HOME, 'faults');

/** No fault is about MLflow: nothing that delivers events needs it. */
export type Breakable = Exclude<PartName, 'mlflow'>;
export type Parts = Readonly<Record<Breakable, BreakablePart>>;

export async function startParts(progress: Progress): Promise<Parts> {
  const part = (name: Breakable) => new BreakablePart(name, join(FAULTS_HOME, name), progress);
  const parts = { postgres: part('postgres'), kafka: part('kafka'), registry: part('registry'), s3: part('s3') };
  const started = await Promise.allSettled([
    parts.postgres.start().then(() => parts.registry.start(parts.postgres.variables)),
    parts.kafka.start(),
    parts.s3.start(),
  ]);
  const failed = started.find((result) => result.status === 'rejected');
  if (failed === undefined) return parts;
  await stopParts(parts);
  throw failed.reason;
}

/** Stops all and removes their data; their logs stay for whoever looks into a failed run. */
export async function stopParts(parts: Parts): Promise<void> {
  for (const name of PART_NAMES.toReversed()) if (name !== 'mlflow') await parts[name].stop();
  for (const name of Object.keys(parts)) rmSync(join(FAULTS_HOME, name, 'data'), { recursive: true, force: true });
}

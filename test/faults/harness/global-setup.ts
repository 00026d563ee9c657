import { printError } from '../../../dev/machine/print-error.ts';
import { createProgress } from '../../../dev/machine/progress.ts';
import { startParts } from './parts.ts';

export default async function setUp(): Promise<void> {
  const progress = createProgress(process.stderr);
  globalThis.partsOfFaults = await startParts(progress).catch((error: unknown) => {
    printError(error);
    process.exit(1);
  });
  progress.end();
  for (const part of Object.values(globalThis.partsOfFaults)) Object.assign(process.env, part.variables);
}

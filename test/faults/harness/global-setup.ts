import { createProgress } from '../../../dev/stack/progress.ts';
import { type Parts, startParts } from './parts.ts';

declare global {
  /** What the run of faults breaks; harness/environment.js hands it to every test file. */
  var partsOfFaults: Parts;
}

export default async function setUp(): Promise<void> {
  const progress = createProgress(process.stderr);
  globalThis.partsOfFaults = await startParts(progress);
  progress.end();
  for (const part of Object.values(globalThis.partsOfFaults)) Object.assign(process.env, part.variables);
}

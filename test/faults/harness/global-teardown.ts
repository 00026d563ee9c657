import { stopParts } from './parts.ts';

export default function tearDown(): Promise<void> {
  return stopParts(globalThis.partsOfFaults);
}

import type { Parts } from './parts.ts';

/** The parts of this run, for tests to break: see environment.js. */
export const parts: Parts = globalThis.partsOfFaults;

import { createHash } from 'node:crypto';

/**
 * The offset of the parts of a test run from their usual ports, from 10,000 to 19,900, different for each home. A run that
 * has stopped a part finds its port free when it starts the part again, and `npm start` finds the usual ports free.
 */
export const portOffset = (home: string): number =>
  10_000 + (createHash('sha256').update(home).digest().readUInt16BE() % 100) * 100;

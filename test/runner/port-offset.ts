import { createHash } from 'node:crypto';

/**
 * What is added to the usual ports of the parts, from 10,000 to 19,900, for each home another: between choosing a port and a
 * server listening on it lie seconds, in which two runs would choose the same, and while one run has stopped a part another
 * would take its port.
 */
export const portOffset = (home: string): number =>
  10_000 + (createHash('sha256').update(home).digest().readUInt16BE() % 100) * 100;

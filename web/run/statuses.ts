import type { Status } from '../../src/events/merge.ts';

export const STATUSES = [
  'queued',
  'running',
  'completed',
  'failed',
  'cancelled',
  'skipped',
] as const satisfies readonly Status[];

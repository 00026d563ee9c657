import { createArchiveSink } from '../sinks/archive/archive-sink.ts';
import { openStore } from '../sinks/archive/open-store.ts';
import type { Role } from './role.ts';

/** It reads the log, and the commands, because queued trials cannot be rebuilt from events alone. */
export const archive = {
  kind: 'accumulator',
  name: 'archive',
  summary: 'keeps every record unchanged, in Avro files in a bucket',
  reads: ['ml.events', 'ml.commands'],
  writes: [],
  needs: ['kafka', 'registry', 's3'],
  createSink: ({ config, telemetry }) =>
    createArchiveSink(openStore(config.s3, telemetry.metrics), config.archive, telemetry),
} as const satisfies Role;

import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { DecodedRecord } from '../../src/runtime/stage.ts';
import { createPostgresSink } from '../../src/sinks/postgres.ts';
import { withDatabase } from './database.ts';
import { type FleetShape, fleetRecords } from './fleet.ts';

const CHUNK = 4_000;

export interface SinkFigures {
  readonly events: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly pointsPerSecond: number;
  /** Processor time of this process; Postgres' own is not in it. */
  readonly cpuMicrosPerEvent: number;
}

/** Writes a fleet's records from memory, `concurrency` partitions at a time, in chunks as the loop cuts them. */
export async function measureSink(shape: FleetShape, concurrency: number): Promise<SinkFigures> {
  const logs = fleetRecords(shape);
  return withDatabase(async (databaseUrl) => {
    const sink = createPostgresSink({ databaseUrl, poolSize: 8, log: createLog('warn'), metrics: createMetrics() });
    await sink.open();
    try {
      const waiting = [...logs];
      const consume = async (): Promise<void> => {
        for (let log = waiting.shift(); log !== undefined; log = waiting.shift()) await writeAll(log);
      };
      const writeAll = async (log: readonly DecodedRecord[]): Promise<void> => {
        for (let from = 0; from < log.length; from += CHUNK) {
          const rejected = await sink.write(log.slice(from, from + CHUNK));
          if (rejected.length > 0) throw new Error(`rejected: ${rejected[0]?.message}`);
        }
      };
      const cpu = process.cpuUsage();
      const started = performance.now();
      await Promise.all(Array.from({ length: concurrency }, consume));
      const seconds = (performance.now() - started) / 1_000;
      const { user, system } = process.cpuUsage(cpu);
      const events = shape.trials * (shape.steps + 2);
      return {
        events,
        seconds,
        eventsPerSecond: events / seconds,
        pointsPerSecond: (shape.trials * shape.steps * 2) / seconds,
        cpuMicrosPerEvent: (user + system) / events,
      };
    } finally {
      await sink.close();
    }
  });
}

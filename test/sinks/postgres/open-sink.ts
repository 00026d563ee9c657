import { createLog } from '../../../src/log.ts';
import { createMetrics } from '../../../src/metrics.ts';
import type { Sink } from '../../../src/runtime/sink.ts';
import { createPostgresSink, type PostgresSinkOptions } from '../../../src/sinks/postgres/postgres-sink.ts';

/** A sink as a process of its own would have it: own connections, own caches. */
export async function openSink(databaseUrl: string, options: Partial<PostgresSinkOptions> = {}): Promise<Sink> {
  const sink = createPostgresSink({
    databaseUrl,
    poolSize: 4,
    log: createLog('silent'),
    metrics: createMetrics(),
    ...options,
  });
  await sink.open();
  return sink;
}

import { afterAll, expect, test } from '@jest/globals';
import { freePort } from '../dev/stack/ports.ts';
import { type Config, loadConfig } from '../src/config.ts';
import { withConnections } from '../src/connections.ts';
import { createLog } from '../src/log.ts';
import type { Platform } from '../src/platform.ts';
import { archive } from '../src/roles/archive.ts';
import { postgres } from '../src/roles/postgres.ts';
import type { Role } from '../src/roles/role.ts';
import { router } from '../src/roles/router.ts';
import { serve } from '../src/serve.ts';
import { createKafkaWorld } from './kafka/kafka-world.ts';
import { metric } from './runtime/work.ts';
import { eventually } from './support/eventually.ts';

const world = await createKafkaWorld();
afterAll(() => world.close());

const log = createLog('silent');
const AWAY = 'postgres://postgres@127.0.0.1:1/none';

/** Writes one metric event to `ml.events`, past the gateway. */
const writeEvent = (config: Config): Promise<void> =>
  withConnections(config, log, { purpose: 'test', registers: ['ml.events'] }, async ({ codec, producer }) => {
    const value = (await codec()).encode('ml.events', 'RunMetric', metric(1));
    await (await producer()).send([{ topic: `${world.topicPrefix}ml.events`, key: 'r/t', value }]);
  });

async function problems(url: string): Promise<Record<string, string | null>> {
  const answer = (await (await fetch(`${url}/health/ready`)).json()) as { checks: Record<string, string | null> };
  return answer.checks;
}

test('a role that waits for its dependency holds up no other role', async () => {
  const port = await freePort(24_000);
  const config = loadConfig({ ...world.environment, DATABASE_URL: AWAY, PORT: String(port) });
  const stop = new AbortController();
  const starting = serve(config, [postgres, router], log, stop.signal);
  starting.catch(() => undefined);
  const ready = () => problems(`http://127.0.0.1:${port}`);
  await eventually(async () => `router ${world.topicPrefix}ml.events` in (await ready().catch(() => ({}))));
  await writeEvent(config);
  await eventually(async () =>
    (await world.counts(`${world.topicPrefix}ml.events.realtime`)).some((count) => count > 0),
  );
  expect((await ready()).start).toMatch(/^waits for Postgres: .*127\.0\.0\.1:1/);
  stop.abort();
  await expect(starting).rejects.toThrow('aborted');
});

test('a role that cannot start ends the start although another role still waits', async () => {
  const config = loadConfig({ ...world.environment, DATABASE_URL: AWAY, S3_BUCKET: 'no-such-bucket' });
  await expect(serve(config, [postgres, router, archive], log)).rejects.toThrow(/no-such-bucket.*does not exist/);
});

test('a service gets the database once another role has created the tables, and the topics it may write', async () => {
  const seen = Promise.withResolvers<unknown>();
  const service: Role = {
    kind: 'service',
    name: 'counts-runs',
    summary: 'counts runs',
    reads: [],
    writes: ['ml.commands'],
    needs: ['postgres', 'registry'],
    async start(platform: Platform) {
      const pool = await platform.postgres();
      // No role that runs here writes to this table.
      const { rows } = await pool.query('select count(*)::int as runs from bridge_runs');
      expect(await platform.postgres()).toBe(pool);
      const codec = await platform.codec();
      expect(() => codec.encode('ml.events', 'RunMetric', metric(1))).toThrow('ml.events');
      seen.resolve(rows);
    },
  };
  const serving = await serve(loadConfig(world.environment), [service, postgres], log);
  try {
    expect(await seen.promise).toEqual([{ runs: 0 }]);
  } finally {
    await serving.stop();
  }
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadConfig } from '../../src/config.ts';
import { createKafka } from '../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../src/log.ts';
import { listHeaders } from '../../src/record.ts';
import { MIGRATIONS } from '../../src/store/migrate.ts';
import { TOPIC_NAMES, topicName } from '../../src/topics.ts';
import { version } from '../../src/version.ts';
import { lagOf } from '../support/lag-of.ts';
import { readTopic } from '../support/read-topic.ts';
import { until } from '../support/until.ts';
import { eventsOfRelease } from './harness/events-of-release.ts';
import {
  ARCHIVE_FOLDER,
  FIRST_SCHEMA_ID,
  type Fixture,
  type FixtureRecord,
  pathOfFixture,
  RELEASE_PREFIX,
} from './harness/fixture.ts';
import { post } from './harness/post.ts';
import { createReleaseWorld, type ReleaseWorld } from './harness/release-world.ts';
import { startShiftedRegistry } from './harness/shifted-registry.ts';

/*
 * `node test/upgrade/make-fixture.ts`, once for each release, before it: writes the data that this version leaves. It needs the
 * real parts (`npm run stack`, and their variables in the environment).
 */

const WAIT_MS = 180_000;
const ROLES = ['gateway', 'router', 'postgres', 'archive', 'commands'] as const;
/** Rows that belong to a process or a moment. */
const LEFT_OUT = ['knex_migrations', 'knex_migrations_lock', 'audit_log'];

const registry = await startShiftedRegistry(process.env.SCHEMA_REGISTRY_URL ?? '', {
  toReal: (id) => id - FIRST_SCHEMA_ID,
  toShown: (id) => id + FIRST_SCHEMA_ID,
});
const world = await createReleaseWorld(registry.url);
try {
  const system = await (await world.start(ROLES)).ready(WAIT_MS);
  for (const events of eventsOfRelease()) await post(system.url, events);
  const queued = await fetch(`${system.url}/api/runs/baseline/trials`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ trial_id: 'queued-1', hyperparams: { lr: 0.1 } }),
  });
  if (queued.status !== 202) throw new Error(`${queued.status} ${await queued.text()}`);
  await world.withAdmin((admin) =>
    until('every record is processed', WAIT_MS, async () => {
      for (const role of ['router', 'postgres', 'archive'] as const)
        if ((await lagOf(admin, RELEASE_PREFIX, role)) > 0) return false;
      return true;
    }),
  );
  await system.stop();
  console.log(await world.run('replay', '--verify'));
  const path = pathOfFixture(version());
  mkdirSync(dirname(path), { recursive: true });
  const bytes = gzipSync(JSON.stringify(await takeFixture(world)), { level: 9 });
  writeFileSync(path, bytes);
  console.log(`${path}: ${bytes.length} bytes`);
} finally {
  await world.close();
  await registry.close();
}

async function takeFixture({ query, store, environment }: ReleaseWorld): Promise<Fixture> {
  const names = async (sql: string): Promise<string[]> => (await query(sql)).rows.map(({ name }) => name as string);
  const partitions = await query(
    `select c.oid::regclass::text as name, p.oid::regclass::text as parent, pg_get_expr(c.relpartbound, c.oid) as bounds
     from pg_inherits join pg_class c on c.oid = inhrelid join pg_class p on p.oid = inhparent
     where c.relkind = 'r' order by 1`,
  );
  const attached = partitions.rows.map(
    ({ name, parent, bounds }) => `create table ${name} partition of ${parent} ${bounds}`,
  );
  const tables = await names(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename <> all('{${LEFT_OUT}}')
     and tablename not in (select inhparent::regclass::text from pg_inherits) order by 1`,
  );
  const rows: Record<string, string[]> = {};
  for (const table of tables) {
    const found = await names(`select r::text as name from ${table} r order by 1`);
    if (found.length > 0) rows[table] = found;
  }
  const sequences = await query(
    `select sequencename as name, last_value as value from pg_sequences
     where schemaname = 'public' and last_value is not null and sequencename not like 'knex%'`,
  );

  const kafka = createKafka(loadConfig(environment).kafka, 'test', { log: createLog('silent') });
  const records: FixtureRecord[] = [];
  const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
  for (const topic of TOPIC_NAMES) {
    for (const record of await readTopic(kafka, topicName(RELEASE_PREFIX, topic), RELEASE_PREFIX)) {
      const { partition, timestamp, key, value, headers } = record;
      const listed = listHeaders(headers).map(({ key: name, value: bytes }) => [name, base64(bytes) ?? '']);
      records.push({
        topic,
        partition,
        timestamp: String(timestamp),
        key: base64(key),
        value: base64(value),
        headers: Object.fromEntries(listed),
      });
    }
  }
  const objects: Record<string, string> = {};
  const bucket = store();
  for await (const key of bucket.list(ARCHIVE_FOLDER)) {
    objects[key] = base64((await bucket.get(key)) ?? null) ?? '';
  }
  bucket.close();
  return {
    release: version(),
    schema: [...MIGRATIONS.map(({ up }) => up), ...attached],
    migrations: MIGRATIONS.map(({ name }) => name),
    rows,
    sequences: Object.fromEntries(sequences.rows.map(({ name, value }) => [name, String(value)])),
    records,
    objects,
    schemas: await schemasOf(records),
  };
}

/** The schemas of the records, by the ids in their bytes. */
async function schemasOf(records: readonly FixtureRecord[]): Promise<Fixture['schemas']> {
  const schemas: Record<string, { subject: string; text: string }> = {};
  for (const { value, topic } of records) {
    if (value === null) continue;
    const id = Buffer.from(value, 'base64').readUInt32BE(1);
    if (schemas[id] !== undefined) continue;
    const { schema } = (await (await fetch(`${registry.url}/schemas/ids/${id}`)).json()) as { schema: string };
    const { namespace, name } = JSON.parse(schema) as { namespace: string; name: string };
    schemas[id] = { subject: `${topicName(RELEASE_PREFIX, topic as never)}-${namespace}.${name}`, text: schema };
  }
  return schemas;
}

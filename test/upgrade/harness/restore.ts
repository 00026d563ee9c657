import { untilLed } from '../../../src/kafka/admin/create-topics.ts';
import { connectClient } from '../../../src/store/connect-client.ts';
import { TOPICS, type Topic } from '../../../src/topics.ts';
import { bytesOf, type Fixture, RELEASE_PREFIX } from './fixture.ts';
import type { ReleaseWorld } from './release-world.ts';

/** Makes the tables of a release with their rows, as `pg_restore` of a dump does: without triggers. */
export async function restoreDatabase(databaseUrl: string, fixture: Fixture): Promise<void> {
  const client = await connectClient(databaseUrl, 'restore');
  try {
    for (const statement of fixture.schema) await client.query(statement);
    await client.query(
      'create table knex_migrations (id serial primary key, name text, batch int, migration_time timestamptz)',
    );
    await client.query('create table knex_migrations_lock (index serial primary key, is_locked int)');
    await client.query('insert into knex_migrations_lock (is_locked) values (0)');
    await client.query(
      'insert into knex_migrations (name, batch, migration_time) select name, 1, now() from unnest($1::text[]) name',
      [fixture.migrations],
    );
    await client.query('set session_replication_role = replica');
    for (const [table, rows] of Object.entries(fixture.rows)) {
      const { rows: columns } = await client.query(
        `select quote_ident(attname) as name from pg_attribute
         where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
        [table],
      );
      const names = columns.map(({ name }) => name as string);
      await client.query(`delete from ${table}`);
      await client.query(
        `insert into ${table} (${names.join(', ')}) overriding system value
         select ${names.map((name) => `(line::${table}).${name}`).join(', ')} from unnest($1::text[]) line`,
        [rows],
      );
    }
    for (const [sequence, value] of Object.entries(fixture.sequences))
      await client.query('select setval($1::regclass, $2)', [sequence, value]);
  } finally {
    await client.end();
  }
}

/** Makes the topics of a release with their records, in their order. */
export async function restoreTopics({ withAdmin, producer }: ReleaseWorld, fixture: Fixture): Promise<void> {
  const byTopic = Map.groupBy(fixture.records, ({ topic }) => topic);
  await withAdmin(async (admin) => {
    const topics = (Object.keys(TOPICS) as Topic[]).map((topic) => ({
      topic: `${RELEASE_PREFIX}${topic}`,
      numPartitions: TOPICS[topic].partitions,
    }));
    await admin.createTopics({ topics, waitForLeaders: false });
    await untilLed(
      admin,
      topics.map(({ topic }) => topic),
    );
  });
  const sender = producer();
  await sender.connect();
  for (const [topic, records] of byTopic) {
    const messages = records.map(({ partition, timestamp, key, value, headers }) => ({
      partition,
      timestamp,
      key: bytesOf(key),
      value: bytesOf(value),
      headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, bytesOf(text) ?? ''])),
    }));
    await sender.send({ topic: `${RELEASE_PREFIX}${topic}`, messages });
  }
  await sender.disconnect();
}

/** Puts the objects of the archive of a release into the bucket. */
export async function restoreArchive({ store }: ReleaseWorld, fixture: Fixture): Promise<void> {
  const bucket = store();
  for (const [key, bytes] of Object.entries(fixture.objects)) await bucket.put(key, bytesOf(bytes) ?? Buffer.alloc(0));
  bucket.close();
}

/** Registers the schemas of a release; resolves with the ids that they have here, by their ids in the release. */
export async function restoreSchemas(registryUrl: string, fixture: Fixture): Promise<ReadonlyMap<number, number>> {
  const ids = new Map<number, number>();
  for (const [id, { subject, text }] of Object.entries(fixture.schemas)) {
    const response = await fetch(`${registryUrl}/subjects/${encodeURIComponent(subject)}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: text }),
    });
    if (!response.ok) throw new Error(`${subject}: ${response.status} ${await response.text()}`);
    ids.set(Number(id), ((await response.json()) as { id: number }).id);
  }
  return ids;
}

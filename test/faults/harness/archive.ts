import type { Variables } from '../../../dev/parts/part.ts';
import { readContainer } from '../../../src/avro/container.ts';
import { loadConfig } from '../../../src/config.ts';
import { ARCHIVED_RECORD, type ArchivedRecord } from '../../../src/sinks/archive/archived-record.ts';
import { parseKey, topicFolder } from '../../../src/sinks/archive/object-name.ts';
import { openStore } from '../../../src/sinks/archive/open-store.ts';
import { topicName } from '../../../src/topics.ts';
import type { FaultWorld } from './fault-world.ts';
import { parts } from './parts.ts';
import { readTopic } from './read-topic.ts';

/**
 * The differences between the archive and `ml.events`; empty when it contains each record exactly once, byte for byte.
 *
 * @param s3 the variables of the server itself, without the proxy that the roles may have.
 */
export async function archiveFaults(world: FaultWorld, s3: Variables = parts.s3.variables): Promise<string[]> {
  const faults: string[] = [];
  const left = new Map((await readTopic(world, 'ml.events')).map((record) => [placeOf(record), record.value]));
  for await (const record of readArchive(world, s3)) {
    const value = left.get(placeOf(record));
    if (value === undefined) faults.push(`${placeOf(record)} stands twice, or only in the archive`);
    else if (value === null || record.value?.equals(value) !== true) faults.push(`${placeOf(record)} differs`);
    left.delete(placeOf(record));
  }
  return [...faults, ...[...left.keys()].map((place) => `${place} is missing`)].slice(0, 20);
}

const placeOf = ({ partition, offset }: { partition: number; offset: number | string }) =>
  `offset ${offset} of partition ${partition}`;

async function* readArchive(world: FaultWorld, s3: Variables): AsyncGenerator<ArchivedRecord> {
  const config = loadConfig({ ...world.environment, ...s3 });
  const store = openStore(config.s3);
  for await (const key of store.list(topicFolder(config.archive.prefix, topicName(world.topicPrefix, 'ml.events')))) {
    const object = await store.get(key);
    if (parseKey(key) === undefined || object === undefined) throw new Error(`${key} is no object of the archive`);
    for await (const block of readContainer<ArchivedRecord>(object, ARCHIVED_RECORD)) yield* block;
  }
  store.close();
}

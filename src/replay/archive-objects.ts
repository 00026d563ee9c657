import { UsageError } from '../errors.ts';
import { mayHold, type ObjectName, parseKey } from '../sinks/archive/object-name.ts';
import type { ObjectStore } from '../sinks/archive/object-store.ts';
import type { Topic } from '../topics.ts';
import { topicOf } from './as-delivered.ts';
import type { Window } from './within-window.ts';

/** An object of an archive. */
export interface ArchiveObject extends ObjectName {
  readonly key: string;
}

/**
 * The partition of an object. A topic that was deleted and created again has partitions of its own: their offsets start over.
 */
export const partitionOfObject = ({ topic, topicId, partition }: ObjectName): string =>
  [topic, partition, ...(topicId === undefined ? [] : [topicId])].join('/');

/**
 * Lists the objects of each partition, in the order of their offsets, that may hold records of the window. Throws
 * {@link UsageError} when there are none of these topics at all.
 */
export async function listArchiveObjects(
  store: ObjectStore,
  prefix: string,
  topics: readonly Topic[],
  { since, until }: Window,
): Promise<ReadonlyMap<string, readonly ArchiveObject[]>> {
  const partitions = new Map<string, ArchiveObject[]>();
  let isEmpty = true;
  for await (const key of store.list(`${prefix}/`)) {
    const name = parseKey(key);
    const topic = name && topicOf(name.topic);
    if (name === undefined || topic === undefined || !topics.includes(topic)) continue;
    isEmpty = false;
    if (!mayHold(name, since, until)) continue;
    const partition = partitionOfObject(name);
    const objects = partitions.get(partition);
    if (objects === undefined) partitions.set(partition, [{ ...name, key }]);
    else objects.push({ ...name, key });
  }
  if (isEmpty) {
    throw new UsageError(
      `no archived object of ${topics.join(', ')} below ${prefix}/; ` +
        'the archive sink stores a record at the latest ARCHIVE_OBJECT_AGE_MS after it has read it',
    );
  }
  for (const objects of partitions.values()) objects.sort((a, b) => (a.first < b.first ? -1 : 1));
  return partitions;
}

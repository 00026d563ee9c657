/** What one object of the archive holds, which is what its key says. */
export interface ObjectName {
  readonly topic: string;
  /** Day (UTC) of its first record, `YYYY-MM-DD`. */
  readonly day: string;
  readonly partition: number;
  readonly first: bigint;
  readonly last: bigint;
}

const GREATEST_DAY_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The day (UTC) of a record timestamp. One that no calendar has, which a producer may send, is the first of 1970. */
export const dayOf = (timestamp: number): string =>
  new Date(timestamp >= 0 && timestamp <= GREATEST_DAY_MS ? timestamp : 0).toISOString().slice(0, 10);

/** Where the objects of a topic are; every key below it begins with its day, so that keys sort by time. */
export const topicFolder = (prefix: string, topic: string): string => `${prefix}/${topic}/`;

/** The prefix of what was begun on `day`, in every partition. */
export const dayFolder = (prefix: string, topic: string, day: string): string =>
  `${topicFolder(prefix, topic)}dt=${day}/`;

/** `<prefix>/<topic>/dt=YYYY-MM-DD/partition=N/<first>-<last>.avro` */
export const objectKey = (prefix: string, { topic, day, partition, first, last }: ObjectName): string =>
  `${dayFolder(prefix, topic, day)}partition=${partition}/${first}-${last}.avro`;

const KEY = /([^/]+)\/dt=(\d{4}-\d\d-\d\d)\/partition=(\d+)\/(\d+)-(\d+)\.avro$/;

/** What a key says; undefined for one that is no object of an archive. */
export function parseKey(key: string): ObjectName | undefined {
  const [, topic, day, partition, first, last] = KEY.exec(key) ?? [];
  if (topic === undefined || day === undefined || first === undefined || last === undefined) return undefined;
  return { topic, day, partition: Number(partition), first: BigInt(first), last: BigInt(last) };
}

/** The properties of an archived object that its key states. */
export interface ObjectName {
  readonly topic: string;
  /** Day (UTC) of its first record, `YYYY-MM-DD`. No record of the object is of a later day. */
  readonly day: string;
  /** The earliest day of its records; undefined where the key does not state it, as in archives of earlier versions. */
  readonly earliestDay: string | undefined;
  readonly partition: number;
  readonly first: bigint;
  readonly last: bigint;
  /** Kafka's id of the topic; undefined in archives of earlier versions and of brokers without topic ids. */
  readonly topicId: string | undefined;
}

const GREATEST_DAY_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** The day of all records whose timestamp no calendar has. */
const FIRST_DAY = '1970-01-01';

const isOnCalendar = (timestamp: number): boolean => timestamp >= 0 && timestamp <= GREATEST_DAY_MS;

/** The day (UTC) of a record timestamp. One that no calendar has, which a producer may send, is the first of 1970. */
export const dayOf = (timestamp: number): string =>
  isOnCalendar(timestamp) ? new Date(timestamp).toISOString().slice(0, 10) : FIRST_DAY;

/** The prefix of the objects of a topic; every key below it begins with its day, so that keys sort by time. */
export const topicFolder = (prefix: string, topic: string): string => `${prefix}/${topic}/`;

/** The prefix of the objects whose first record is of `day`, in every partition. */
export const dayFolder = (prefix: string, topic: string, day: string): string =>
  `${topicFolder(prefix, topic)}dt=${day}/`;

/**
 * `<prefix>/<topic>/dt=YYYY-MM-DD/partition=N/<first>-<last>.<topic id>.avro`, with `.from-YYYY-MM-DD` before the ending
 * where the object has records of earlier days.
 */
export function objectKey(prefix: string, name: ObjectName): string {
  const { topic, day, earliestDay, partition, first, last, topicId } = name;
  const id = topicId === undefined ? '' : `.${topicId}`;
  const from = topicId === undefined || earliestDay === day ? '' : `.from-${earliestDay}`;
  return `${dayFolder(prefix, topic, day)}partition=${partition}/${first}-${last}${id}${from}.avro`;
}

const KEY =
  /([^/]+)\/dt=(\d{4}-\d\d-\d\d)\/partition=(\d+)\/(\d+)-(\d+)(?:\.([A-Za-z0-9_-]{22})(?:\.from-(\d{4}-\d\d-\d\d))?)?\.avro$/;

/** The name in a key; undefined for a key that belongs to no object of an archive. */
export function parseKey(key: string): ObjectName | undefined {
  const [, topic, day, partition, first, last, topicId, from] = KEY.exec(key) ?? [];
  if (topic === undefined || day === undefined || first === undefined || last === undefined) return undefined;
  const earliestDay = topicId === undefined ? undefined : (from ?? day);
  return { topic, day, earliestDay, partition: Number(partition), first: BigInt(first), last: BigInt(last), topicId };
}

/**
 * Whether an object may hold records with timestamps from `since` (included) to `until` (excluded), epoch milliseconds.
 * Records are archived in the order of their offsets, which need not be that of their timestamps.
 */
export function mayHold(
  { day, earliestDay }: Pick<ObjectName, 'day' | 'earliestDay'>,
  since: number | undefined,
  until: number | undefined,
): boolean {
  // A record of the first day may have any timestamp that no calendar has.
  if (earliestDay === FIRST_DAY || day === FIRST_DAY) return true;
  if (since !== undefined && (since > GREATEST_DAY_MS || day < dayOf(since))) return false;
  return until === undefined || earliestDay === undefined || until > GREATEST_DAY_MS || earliestDay <= dayOf(until);
}

import { crc32c } from './crc32c.ts';
import { RequestWriter } from './request-writer.ts';

/** A message as kafkajs passes it on; its partition is already chosen. */
export interface ProducedMessage {
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  /** Epoch milliseconds as decimal text; absent: now. */
  readonly timestamp?: string;
  readonly headers?: Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>;
}

type HeaderValue = Buffer | string;

/** The content of a produce request without transaction and compression. */
export interface ProduceData {
  readonly acks: number;
  readonly timeout: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly messages: readonly ProducedMessage[] }[];
  }[];
}

const MAGIC = 2;
const NO_PRODUCER = -1n;

/** The body of a produce request (API key 0, versions 3 to 8) for plain records, in one pass over one buffer. */
export function encodeProduce({ acks, timeout, topicData }: ProduceData, nowMs: number): Buffer {
  const out = new RequestWriter(estimate(topicData));
  out.int16(-1); // no transactional id
  out.int16(acks);
  out.int32(timeout);
  out.int32(topicData.length);
  for (const { topic, partitions } of topicData) {
    out.string16(topic);
    out.int32(partitions.length);
    for (const { partition, messages } of partitions) {
      out.int32(partition);
      const size = out.reserve(4);
      const start = out.length;
      writeBatch(out, messages, nowMs);
      out.int32At(size, out.length - start);
    }
  }
  return out.written();
}

/** A record batch of format 2 (Kafka protocol, "Record Batch"). */
function writeBatch(out: RequestWriter, messages: readonly ProducedMessage[], nowMs: number): void {
  const timeOf = ({ timestamp }: ProducedMessage): number => (timestamp === undefined ? nowMs : Number(timestamp));
  let first = Number.POSITIVE_INFINITY;
  let greatest = 0;
  for (const message of messages) {
    const time = timeOf(message);
    if (time < first) first = time;
    if (time > greatest) greatest = time;
  }
  out.int64(0n); // base offset: the broker sets it
  const length = out.reserve(4);
  const afterLength = out.length;
  out.int32(0); // partition leader epoch: the broker sets it
  out.int8(MAGIC);
  const crc = out.reserve(4);
  const checked = out.length;
  out.int16(0); // no compression, client's time, no transaction
  out.int32(messages.length - 1);
  out.int64(BigInt(first));
  out.int64(BigInt(greatest));
  out.int64(NO_PRODUCER);
  out.int16(0); // producer epoch
  out.int32(0); // first sequence
  out.int32(messages.length);
  let index = 0;
  for (const message of messages) {
    writeRecord(out, message, index, timeOf(message) - first);
    index += 1;
  }
  out.int32At(crc, crc32c(out.bytes, checked, out.length) | 0);
  out.int32At(length, out.length - afterLength);
}

function writeRecord(
  out: RequestWriter,
  { key, value, headers }: ProducedMessage,
  index: number,
  sinceFirst: number,
): void {
  const start = out.startSized();
  out.int8(0); // attributes, unused
  out.varint(sinceFirst);
  out.varint(index);
  out.sized(key ?? null);
  out.sized(value);
  if (headers === undefined) out.varint(0);
  else writeHeaders(out, headers);
  out.endSized(start);
}

function writeHeaders(out: RequestWriter, headers: NonNullable<ProducedMessage['headers']>): void {
  let count = 0;
  for (const name in headers) {
    const value = headers[name];
    count += Array.isArray(value) ? value.length : 1;
  }
  out.varint(count);
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) for (const item of value) writeHeader(out, name, item);
    else writeHeader(out, name, (value as HeaderValue | null | undefined) ?? null);
  }
}

/** A header without a value is valid, and a record that has one must be written; kafkajs itself would throw. */
function writeHeader(out: RequestWriter, name: string, value: HeaderValue | null): void {
  out.sized(name);
  out.sized(value);
}

/** A size that suffices except for unusual headers; the writer grows when it does not. */
function estimate(topicData: ProduceData['topicData']): number {
  let bytes = 256;
  for (const { partitions } of topicData) {
    for (const { messages } of partitions) {
      bytes += 128;
      for (const { key, value } of messages) bytes += 320 + (key?.length ?? 0) + (value?.length ?? 0);
    }
  }
  return bytes;
}

import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** kafkajs's own reading and writing of the protocol: what is scripted is the brokers' behaviour, not the encoding. */
const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Reader;
const Encoder = require('kafkajs/src/protocol/encoder') as new () => Writer;
const decodeRecordBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  reader: Reader,
) => Promise<{ records: { value: Buffer }[] }>;

interface Reader {
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readInt8(): number;
  readString(): string | null;
  readBytes(): Buffer | null;
  readArray<T>(read: (reader: Reader) => T): T[];
}

interface Writer {
  readonly buffer: Buffer;
  writeInt16(value: number): Writer;
  writeInt32(value: number): Writer;
  writeInt64(value: number): Writer;
  writeBoolean(value: boolean): Writer;
  writeString(value: string | null): Writer;
  writeArray(items: readonly (Writer | number)[]): Writer;
}

export const NO_ERROR = 0;
export const NOT_LEADER = 6;

/** Produce, Metadata and ApiVersions, with the one version of each that is spoken here. */
const API = { produce: [0, 7], metadata: [3, 1], versions: [18, 2] } as const;

/** A request to a broker: to write records to one partition. */
export interface Write {
  readonly node: number;
  readonly partition: number;
  readonly values: readonly string[];
}

export interface ScriptedCluster {
  /** `host:port` of every broker. */
  readonly brokers: readonly string[];
  /** The node that leads each partition; may be changed at any time. */
  readonly leaders: number[];
  /** The records written to each partition, in order. */
  readonly logs: string[][];
  /** The number of connections to a node that have been closed. */
  closedConnectionsTo(node: number): number;
  close(): Promise<void>;
}

/**
 * Brokers on loopback that know one topic and speak just enough of Kafka's protocol for a producer. A write goes to the
 * log of its partition when the broker leads it and `answer` says 0; any other error code is answered and nothing is
 * written; an answer that never comes is a broker that hangs.
 */
export async function startScriptedCluster(
  topic: string,
  leaders: readonly number[],
  answer: (write: Write, cluster: ScriptedCluster) => Promise<number> = async () => NO_ERROR,
): Promise<ScriptedCluster> {
  const nodes = [...new Set(leaders)].sort();
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const closed: number[] = [];
  const cluster: ScriptedCluster = {
    brokers: [],
    leaders: [...leaders],
    logs: leaders.map(() => []),
    closedConnectionsTo: (node) => closed.filter((one) => one === node).length,
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => server.close() && once(server, 'close')));
    },
  };

  function metadata(): Writer {
    const brokers = cluster.brokers.map((address, node) => {
      const [host = '', port] = address.split(':');
      return new Encoder().writeInt32(node).writeString(host).writeInt32(Number(port)).writeString(null);
    });
    const partitions = cluster.leaders.map((leader, partition) =>
      new Encoder().writeInt16(0).writeInt32(partition).writeInt32(leader).writeArray(nodes).writeArray(nodes),
    );
    const topics = [new Encoder().writeInt16(0).writeString(topic).writeBoolean(false).writeArray(partitions)];
    return new Encoder().writeArray(brokers).writeInt32(0).writeArray(topics);
  }

  async function produce(node: number, request: Reader): Promise<Writer> {
    request.readString();
    request.readInt16();
    request.readInt32();
    const writes = request.readArray((entry) => {
      entry.readString();
      return entry.readArray((data) => ({ partition: data.readInt32(), batch: data.readBytes() ?? Buffer.alloc(0) }));
    });
    const answers = await Promise.all(writes.flat().map((write) => writePartition(node, write.partition, write.batch)));
    return new Encoder().writeArray([new Encoder().writeString(topic).writeArray(answers)]).writeInt32(0);
  }

  async function writePartition(node: number, partition: number, batch: Buffer): Promise<Writer> {
    // The decoder of batches starts where the one of fetches has left off: behind the magic byte, which it reads again.
    const { records } = await decodeRecordBatch(new Decoder(batch));
    const values = records.map(({ value }) => value.toString());
    const code = cluster.leaders[partition] === node ? await answer({ node, partition, values }, cluster) : NOT_LEADER;
    if (code === NO_ERROR) cluster.logs[partition]?.push(...values);
    return new Encoder().writeInt32(partition).writeInt16(code).writeInt64(0).writeInt64(-1).writeInt64(0);
  }

  const versions = (): Writer => {
    const spoken = Object.values(API).map(([key, version]) =>
      new Encoder().writeInt16(key).writeInt16(version).writeInt16(version),
    );
    return new Encoder().writeInt16(0).writeArray(spoken).writeInt32(0);
  };

  async function respond(node: number, frame: Buffer): Promise<Buffer> {
    const request = new Decoder(frame);
    const [key] = [request.readInt16(), request.readInt16()];
    const correlation = request.readInt32();
    request.readString();
    const body =
      key === API.produce[0] ? await produce(node, request) : key === API.metadata[0] ? metadata() : versions();
    const head = Buffer.alloc(8);
    head.writeInt32BE(4 + body.buffer.length);
    head.writeInt32BE(correlation, 4);
    return Buffer.concat([head, body.buffer]);
  }

  for (const node of nodes) {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket) && closed.push(node)).on('error', () => socket.destroy());
      let received = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        while (received.length >= 4 && received.length >= 4 + received.readInt32BE()) {
          const frame = received.subarray(4, 4 + received.readInt32BE());
          received = received.subarray(4 + frame.length);
          respond(node, frame).then(
            (response) => socket.write(response),
            (error: Error) => socket.destroy(error),
          );
        }
      });
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    (cluster.brokers as string[]).push(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  return cluster;
}

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Admin, Kafka, logLevel, type PartitionMetadata } from 'kafkajs';
import { runGuarded } from '../../../dev/machine/guard.ts';
import { createKeyedMutex } from '../../../dev/machine/keyed-mutex.ts';
import type { Progress } from '../../../dev/machine/progress.ts';
import { kafka } from '../../../dev/parts/kafka.ts';
import { formatArguments, nodeProperties } from '../../../dev/parts/kafka-node.ts';
import { bareEnvironment } from '../../../dev/stack/bare-environment.ts';
import { PARTS_FOLDER } from '../../../dev/stack/folders.ts';
import { createInstaller } from '../../../dev/stack/installer.ts';
import { type HeldPort, holdPort } from '../../../dev/stack/ports.ts';
import { portOffset } from '../../runner/port-offset.ts';
import { until } from '../../support/until.ts';
import { Broker } from './broker.ts';

const FIRST_PORT = 9_600;
const START_MS = 120_000;
const REQUEST_MS = 5_000;
const INSTALL_MS = 300_000;
const JARS = join(PARTS_FOLDER, kafka.folder ?? '');
/** A leading A: an id that begins with a dash would be read as an option. */
const CLUSTER_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
const IDS = [1, 2, 3];
const REPLICAS = { replicas: 3, minInSync: 2 };

declare global {
  /** The brokers that global-setup.ts has started; environment.js passes them to every test file. */
  var brokersOfTests: Brokers;
}

/** Three brokers, each of them a controller as well: three replicas, of which two must have a record. */
export interface Brokers {
  /** `KAFKA_BROKERS`. */
  readonly addresses: string;
  readonly all: readonly Broker[];
  of(id: number): Broker;
  /** Does something with an admin client of its own, which may use any broker that runs. */
  withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T>;
  partitionsOf(topic: string): Promise<readonly PartitionMetadata[]>;
  /** The broker that leads most partitions of a topic. */
  leaderOf(topic: string): Promise<Broker>;
  /** Starts and resumes all brokers; resolves when every replica of every topic is in sync. */
  heal(): Promise<void>;
  /** Resolves when every replica of every topic is in sync. */
  inSync(): Promise<void>;
  close(): Promise<void>;
}

export async function startBrokers(home: string, progress: Progress): Promise<Brokers> {
  rmSync(home, { recursive: true, force: true });
  const signal = AbortSignal.timeout(INSTALL_MS);
  const mutex = createKeyedMutex();
  const installing = { home, parts: PARTS_FOLDER, environment: process.env, progress, signal, mutex };
  await kafka.install(createInstaller('kafka', installing));
  const ports: HeldPort[] = [];
  let wanted = FIRST_PORT + portOffset(home);
  for (const _ of [...IDS, ...IDS]) {
    const held = await holdPort(wanted);
    wanted = held.port + 1;
    ports.push(held);
  }
  const [nodePorts, controllers] = [ports.slice(0, IDS.length), ports.slice(IDS.length)].map((half) =>
    half.map(({ port }) => port),
  ) as [number[], number[]];
  const addresses = nodePorts.map((port) => `127.0.0.1:${port}`).join(',');
  const environment = bareEnvironment(process.env);
  const all: Broker[] = [];
  for (const id of IDS) {
    const folder = join(home, `broker-${id}`);
    mkdirSync(folder, { recursive: true });
    const properties = join(folder, 'server.properties');
    const node = { id, port: nodePorts[id - 1] ?? 0, controllers, logs: join(folder, 'data'), ...REPLICAS };
    writeFileSync(properties, nodeProperties(node, { 'broker.session.timeout.ms': 6_000 }));
    await runGuarded(
      {
        file: 'java',
        args: formatArguments(JARS, CLUSTER_ID, properties),
        environment,
        cwd: folder,
        logPath: join(folder, 'format.log'),
      },
      `formatting broker ${id}`,
      signal,
    );
    all.push(new Broker({ id, jars: JARS, properties, folder, environment }));
  }
  for (const held of ports) await held.release();

  async function withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    // A request to a suspended broker has no answer, and is made again to another one.
    const running = all.filter(({ serves }) => serves).map(({ id }) => `127.0.0.1:${nodePorts[id - 1]}`);
    const client = new Kafka({ brokers: running, requestTimeout: REQUEST_MS, logLevel: logLevel.NOTHING });
    const admin = client.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  const brokers: Brokers = {
    addresses,
    all,
    withAdmin,

    of(id) {
      const broker = all.find((one) => one.id === id);
      if (broker === undefined) throw new Error(`there is no broker ${id}`);
      return broker;
    },

    async partitionsOf(topic) {
      const { topics } = await withAdmin((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
      return topics[0]?.partitions ?? [];
    },

    async leaderOf(topic) {
      const partitions = await brokers.partitionsOf(topic);
      const led = (id: number): number => partitions.filter(({ leader }) => leader === id).length;
      return brokers.of(IDS.toSorted((a, b) => led(b) - led(a))[0] ?? 0);
    },

    async heal() {
      for (const broker of all) broker.start();
      await brokers.inSync();
    },

    inSync: () =>
      until('every replica of every topic is in sync', START_MS, () =>
        withAdmin(async (admin) => {
          const { brokers: running } = await admin.describeCluster();
          if (running.length < IDS.length) throw new Error(`${running.length} brokers run`);
          // Makes the topic of the groups' positions, which a new cluster does not have.
          await admin.describeGroups(['ready']);
          const { topics } = await admin.fetchTopicMetadata();
          const partitions = topics.flatMap((topic) => topic.partitions);
          const short = partitions.filter(({ isr, replicas }) => isr.length < replicas.length);
          if (short.length > 0) throw new Error(`${short.length} partitions have too few replicas in sync`);
          return true as const;
        }),
      ).then(() => undefined),

    async close() {
      await Promise.all(all.map((broker) => broker.kill()));
      for (const held of ports) await held.free();
      for (const broker of all) rmSync(join(broker.folder, 'data'), { recursive: true, force: true });
    },
  };
  try {
    await brokers.heal();
  } catch (error) {
    await brokers.close();
    throw error;
  }
  return brokers;
}

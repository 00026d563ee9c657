import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { folderOf } from '../machine/install-once.ts';
import { QUICK_START } from './jvm.ts';
import { installDependencies, mavenPins } from './maven.ts';
import type { Part, Site } from './part.ts';

const FOLDER = folderOf('kafka-4.3.0', ...mavenPins('kafka'));

/** Settings of one node that is both broker and controller; internal topics have one replica. */
function serverProperties(site: Site): string {
  const [broker, controller] = site.ports;
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(site.data, 'logs'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 8,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // The default of three seconds is meant for fleets whose members join one by one.
    'group.initial.rebalance.delay.ms': 0,
    // A topic created by a typing error would lack the partitions and settings that matter.
    'auto.create.topics.enable': false,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** All logs of the broker except the hundreds of settings that it repeats at each start. */
const LOGGING = Object.entries({
  showDateTime: true,
  dateTimeFormat: "yyyy-MM-dd'T'HH:mm:ss.SSS",
  showThreadName: false,
  'log.org.apache.kafka.common.config': 'warn',
}).map(([name, value]) => `-Dorg.slf4j.simpleLogger.${name}=${value}`);

/**
 * Asks for the coordinator of a group until the broker names itself. A new broker creates the topic of the groups' offsets at
 * the first such request; consumers that come before the topic exists are refused for a while, with lines in their logs.
 */
function askForCoordinator(port: number): Promise<void> {
  const group = Buffer.from('thunderline.ready');
  // FindCoordinator (10) in version 2: correlation id 1, no client id, the group's name, and 0 for "a group".
  const head = Buffer.from([0, 10, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0, group.length]);
  const request = Buffer.concat([Buffer.from([0, 0, 0, head.length + group.length + 1]), head, group, Buffer.of(0)]);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(request));
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer to FindCoordinator')));
    socket.once('data', (answer) => {
      socket.destroy();
      // Length, correlation id and throttle time, four bytes each, then the error code.
      const code = answer.readInt16BE(12);
      if (code === 0) resolve();
      else reject(new Error(`FindCoordinator was answered with error ${code}`));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without an answer')));
  });
}

/** Apache Kafka in KRaft mode, from the jars of Maven Central. */
export const kafka: Part = {
  name: 'kafka',
  title: 'Apache Kafka 4.3.0',
  variable: 'KAFKA_BROKERS',
  companions: [],
  needs: [],
  prerequisites: { run: ['java'], install: ['maven'] },
  ports: [9092, 9093],
  folder: FOLDER,

  variables: ([port]) => ({ KAFKA_BROKERS: `127.0.0.1:${port}` }),

  async install(installer) {
    await installer.install(join(installer.parts, FOLDER), 'its jars, 44 MB', (temporary) =>
      installDependencies(installer, 'kafka', temporary),
    );
  },

  async boot(site) {
    const properties = join(site.data, 'server.properties');
    mkdirSync(site.data, { recursive: true });
    writeFileSync(properties, serverProperties(site));
    const java = [...LOGGING, '-cp', join(site.parts, FOLDER, '*')];
    if (!existsSync(join(site.data, 'logs/meta.properties'))) {
      // A leading zero byte: an id that begins with a dash would be read as an option.
      const id = Buffer.concat([Buffer.of(0), randomBytes(15)]).toString('base64url');
      const args = [
        ...QUICK_START,
        ...java,
        'kafka.tools.StorageTool',
        'format',
        '-t',
        id,
        '-c',
        properties,
        '--ignore-formatted',
      ];
      await site.run('Formatting the Kafka storage', { file: 'java', args });
    }
    await site.start({ file: 'java', args: ['-Xmx512m', ...java, 'kafka.Kafka', properties], graceSeconds: 4 });
    await site.ready(() => askForCoordinator(site.ports[0] ?? 0));
  },
};

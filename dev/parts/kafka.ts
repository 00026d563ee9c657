import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { folderOf } from '../machine/install-once.ts';
import { formatArguments, nodeArguments, nodeProperties } from './kafka-node.ts';
import { installDependencies, mavenPins } from './maven.ts';
import type { Part } from './part.ts';

const FOLDER = folderOf('kafka-4.3.0', ...mavenPins('kafka'));

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
    const jars = join(site.parts, FOLDER);
    const [port = 0, controller = 0] = site.ports;
    const logs = join(site.data, 'logs');
    mkdirSync(site.data, { recursive: true });
    writeFileSync(
      properties,
      nodeProperties({ id: 1, port, controllers: [controller], logs, replicas: 1, minInSync: 1 }),
    );
    if (!existsSync(join(logs, 'meta.properties'))) {
      // A leading zero byte: an id that begins with a dash would be read as an option.
      const id = Buffer.concat([Buffer.of(0), randomBytes(15)]).toString('base64url');
      await site.run('Formatting the Kafka storage', { file: 'java', args: formatArguments(jars, id, properties) });
    }
    await site.start({ file: 'java', args: ['-Xmx512m', ...nodeArguments(jars, properties)], graceSeconds: 4 });
    await site.ready(() => askForCoordinator(port));
  },
};

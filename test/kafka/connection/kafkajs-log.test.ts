import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { Kafka } from 'kafkajs';
import { tcpSockets } from '../../../src/kafka/connection/create-security.ts';
import { createKafkajsLogging, type KafkajsLogSettings } from '../../../src/kafka/connection/kafkajs-log.ts';
import type { Log } from '../../../src/log.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';

let server: Server | undefined;
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server?.close();
});

function logging(settings?: Partial<KafkajsLogSettings>) {
  const lines: { level: string; message: string; fields: object }[] = [];
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push({ level, message, fields });
  const log = { warn: at('warn'), info: at('info'), debug: at('debug') } as unknown as Log;
  return {
    lines,
    logging: createKafkajsLogging(log, { connect: tcpSockets, ...settings }),
    shown: () => lines.filter(({ level }) => level !== 'debug'),
  };
}

test('an unreachable broker is one line however often kafkajs tries, and one when it answers', async () => {
  const port = await freePort();

  const { lines, logging: options, shown } = logging();
  const brokers = [`127.0.0.1:${port}`];
  const kafka = new Kafka({ brokers, retry: { retries: 5, initialRetryTime: 1, maxRetryTime: 2 }, ...options });
  await expect(kafka.admin().connect()).rejects.toThrow(/ECONNREFUSED/);
  await expect(kafka.admin().connect()).rejects.toThrow(/ECONNREFUSED/);
  expect(lines.length).toBeGreaterThan(15);
  expect(shown()).toMatchObject([
    { level: 'warn', message: 'a Kafka broker is not reachable', fields: { broker: brokers[0] } },
  ]);

  // The first bytes of an answer show that the broker is there.
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('data', () => socket.write(Buffer.alloc(2)));
  }).listen(port, '127.0.0.1');
  kafka
    .admin()
    .connect()
    .catch(() => undefined);
  await eventually(async () => shown().length >= 2);
  expect(shown()[1]).toMatchObject({
    level: 'info',
    message: 'a Kafka broker answers again',
    fields: { broker: brokers[0], failures: 12 },
  });
});

test('complaints that differ only in numbers are one, and other levels pass unchanged', () => {
  const { logging: options, shown, lines } = logging();
  const write = options.logCreator();
  const entry = (namespace: string, level: number, message: string) =>
    write({ namespace, level, label: '', log: { message, timestamp: '' } });
  entry('Runner', 1, 'Crash after 17 attempts');
  entry('Runner', 1, 'Crash after 18 attempts');
  entry('Consumer', 2, 'Crash after 18 attempts');
  entry('Consumer', 4, 'Starting');
  entry('Consumer', 5, 'Request 1');
  expect(shown().map(({ level, message }) => `${level} ${message}`)).toEqual([
    'warn Crash after 17 attempts',
    'warn Crash after 18 attempts',
    'info Starting',
  ]);
  expect(lines).toHaveLength(5);
});

test('an expected error of a broker is logged at the level debug, and every other one is a warning', () => {
  const { logging: options, lines } = logging({ expected: new Set(['not the leader']) });
  const write = options.logCreator();
  for (const error of ['not the leader', 'not authorized']) {
    write({
      namespace: 'Connection',
      level: 1,
      label: '',
      log: { message: 'Response ListOffsets', error, timestamp: '' },
    });
  }
  expect(lines.map(({ level, fields }) => ({ level, ...fields }))).toMatchObject([
    { level: 'debug', cause: 'not the leader' },
    { level: 'warn', cause: 'not authorized' },
  ]);
});

test('a group without a coordinator is a warning only if that lasts', () => {
  let now = 1_000_000;
  const { logging: options, lines } = logging({ now: () => now });
  const write = options.logCreator();
  const miss = (): void => {
    const error = 'The group coordinator is not available';
    write({
      namespace: 'Connection',
      level: 1,
      label: '',
      log: { message: 'Response GroupCoordinator', error, timestamp: '' },
    });
  };
  for (let second = 0; second < 12; second += 1) {
    miss();
    now += 1_000;
  }
  expect(lines.map(({ level }) => level).indexOf('warn')).toBe(10);
  now += 60_000;
  miss();
  expect(lines.at(-1)?.level).toBe('debug');
});

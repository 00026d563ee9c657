import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { startGuarded } from '../../../dev/machine/guard.ts';
import { QUICK_START } from '../../../dev/parts/jvm.ts';
import { kafka } from '../../../dev/parts/kafka.ts';
import { bareEnvironment } from '../../../dev/stack/bare-environment.ts';
import { PARTS_FOLDER } from '../../../dev/stack/folders.ts';
import { freePort } from '../../../dev/stack/ports.ts';
import { loadConfig } from '../../../src/config.ts';
import { createKafka, type KafkaClient } from '../../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../../src/log.ts';
import { until } from '../../support/until.ts';
import { Authority, type Certificate } from './authority.ts';
import { BROKER_PROPERTIES } from './broker-properties.ts';
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts';

const FIRST_PORT = 26_000;
const START_MS = 90_000;
const COMMAND_MS = 60_000;
const JARS = join(PARTS_FOLDER, kafka.folder ?? '', '*');
const run = promisify(execFile);

type Environment = Readonly<Record<string, string>>;

/** A broker with TLS, every SASL mechanism, mTLS and StandardAuthorizer, and the files of its clients. */
export interface SecureBroker {
  readonly folder: string;
  readonly authority: Authority;
  readonly identities: IdentityProvider;
  /** The port with SASL, and the one that requires a certificate. */
  readonly saslPort: number;
  readonly sslPort: number;
  /** The settings of a user of SCRAM-SHA-512, whose password is the one given at the start. */
  user(name: string, settings?: Environment): Environment;
  /** The settings of a client with a certificate. */
  holder(certificate: Certificate): Environment;
  /** The settings of the administrator, whom no access control list limits. */
  readonly administrator: Environment;
  client(environment: Environment): KafkaClient;
  /** Changes the password of a user of SCRAM-SHA-512. */
  setPassword(user: string, password: string): Promise<void>;
  /** Replaces the certificate of the port with SASL; connections that exist go on. */
  rotate(certificate: Certificate): Promise<void>;
  stop(): Promise<void>;
}

/** @param passwords the users of SCRAM-SHA-256, SCRAM-SHA-512, PLAIN and OAUTHBEARER. */
export async function startSecureBroker(passwords: Environment): Promise<SecureBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-security-'));
  const file = (name: string): string => join(folder, name);
  const authority = new Authority(folder, 'test-ca');
  const keyStore = authority.keyStore(file('broker.pem'), authority.issue('broker', 'localhost'));
  // A file of its own, so that a mistake on the other port does not lock out the administrator.
  const innerStore = authority.keyStore(file('inner.pem'), authority.issue('inner', 'localhost'));
  const admin = authority.issue('admin', 'admin');
  const adminProperties = file('admin.properties');
  writeFileSync(adminProperties, lines(clientProperties(authority, authority.keyStore(file('admin.pem'), admin))));
  const jwks = file('jwks.json');
  const identities = await startIdentityProvider(jwks, passwords);
  const saslPort = await freePort(FIRST_PORT);
  const sslPort = await freePort(saslPort + 1);
  const controller = await freePort(sslPort + 1);
  const properties = file('server.properties');
  writeFileSync(
    properties,
    lines({
      ...BROKER_PROPERTIES,
      listeners: `SASL_SSL://localhost:${saslPort},SSL://localhost:${sslPort},CONTROLLER://localhost:${controller}`,
      'controller.quorum.voters': `1@localhost:${controller}`,
      'log.dirs': file('data'),
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': innerStore,
      'listener.name.sasl_ssl.ssl.keystore.type': 'PEM',
      'listener.name.sasl_ssl.ssl.keystore.location': keyStore,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': authority.certificate,
      'listener.name.sasl_ssl.plain.sasl.jaas.config': plainUsers(passwords),
      'listener.name.sasl_ssl.oauthbearer.sasl.oauthbearer.jwks.endpoint.url': `file://${jwks}`,
    }),
  );
  const environment = bareEnvironment(process.env);
  const java = (main: string, ...args: readonly string[]) =>
    run('java', [...QUICK_START, '-cp', JARS, main, ...args], { env: environment, timeout: COMMAND_MS });
  const scram = Object.entries(passwords).flatMap(([name, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
  mkdirSync(file('data'));
  await java('kafka.tools.StorageTool', 'format', '-t', 'AAAAAAAAAAAAAAAAAAAAAQ', '-c', properties, ...scram);
  const server = startGuarded({
    file: 'java',
    args: [
      ...QUICK_START,
      '-Xmx320m',
      `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file://${jwks}`,
      ...['-cp', JARS, 'kafka.Kafka', properties],
    ],
    environment,
    cwd: folder,
    logPath: file('broker.log'),
  });
  const config = (...args: readonly string[]) =>
    java(
      'kafka.admin.ConfigCommand',
      ...['--bootstrap-server', `localhost:${sslPort}`, '--command-config', adminProperties, '--alter', ...args],
    );
  const trust = { KAFKA_SSL_CA_LOCATION: authority.certificate };
  const holder = ({ certificate, key }: Certificate): Environment => ({
    KAFKA_BROKERS: `localhost:${sslPort}`,
    KAFKA_SECURITY_PROTOCOL: 'SSL',
    ...trust,
    KAFKA_SSL_CERTIFICATE_LOCATION: certificate,
    KAFKA_SSL_KEY_LOCATION: key,
  });
  const client = (settings: Environment): KafkaClient =>
    createKafka(loadConfig(settings).kafka, 'test', { log: createLog('silent') });
  let rotations = 0;
  const broker: SecureBroker = {
    folder,
    authority,
    identities,
    saslPort,
    sslPort,
    administrator: holder(admin),
    user: (name, settings) => ({
      KAFKA_BROKERS: `localhost:${saslPort}`,
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: name,
      KAFKA_SASL_PASSWORD: passwords[name] ?? 'none',
      ...trust,
      ...settings,
    }),
    holder,
    client,
    async setPassword(user, password) {
      const value = `SCRAM-SHA-512=[password=${password}]`;
      await config('--entity-type', 'users', '--entity-name', user, '--add-config', value);
    },
    async rotate(certificate) {
      rotations += 1;
      const prefix = 'listener.name.sasl_ssl.ssl.keystore';
      // A path of its own each time: a broker need not act on a setting that has not changed.
      const store = authority.keyStore(file(`broker-${rotations}.pem`), certificate);
      await config(
        ...['--entity-type', 'brokers', '--entity-name', '1'],
        ...['--add-config', `${prefix}.location=${store},${prefix}.type=PEM`],
      );
      const { serialNumber } = new X509Certificate(readFileSync(certificate.certificate));
      await until(
        'the broker shows its new certificate',
        START_MS,
        async () => (await shownOn(saslPort)) === serialNumber,
      );
    },
    async stop() {
      await server.stop();
      await identities.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  let end: string | undefined;
  void server.exited.then((text) => {
    end = text;
  });
  try {
    await until('the secure broker serves', START_MS, async () => {
      if (end !== undefined) return true;
      const probe = client(broker.administrator).admin();
      try {
        await probe.connect();
        await probe.describeGroups(['ready']);
        return true;
      } finally {
        await probe.disconnect();
      }
    });
    if (end !== undefined) throw new Error(`the broker ended with ${end}; its log: ${file('broker.log')}`);
  } catch (error) {
    await server.stop();
    await identities.close();
    throw error;
  }
  return broker;
}

/** The serial number of the certificate that a server shows. */
async function shownOn(port: number): Promise<string | undefined> {
  const socket = connect({ port, host: 'localhost', rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.serialNumber;
  } finally {
    socket.destroy();
  }
}

const lines = (properties: Environment): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

const clientProperties = (authority: Authority, keyStore: string): Environment => ({
  'security.protocol': 'SSL',
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': authority.certificate,
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': keyStore,
});

const plainUsers = (passwords: Environment): string => {
  const users = Object.entries(passwords).map(([name, password]) => `user_${name}="${password}"`);
  return `org.apache.kafka.common.security.plain.PlainLoginModule required ${users.join(' ')};`;
};

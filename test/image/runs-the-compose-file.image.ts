import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runGuarded, startGuarded } from '../../dev/machine/guard.ts';
import { QUICK_START } from '../../dev/parts/jvm.ts';
import { kafka } from '../../dev/parts/kafka.ts';
import { bareEnvironment } from '../../dev/stack/bare-environment.ts';
import { PARTS_FOLDER } from '../../dev/stack/folders.ts';
import { freePort } from '../../dev/stack/ports.ts';
import { loadConfig } from '../../src/config.ts';
import { createKafka } from '../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../src/log.ts';
import { createTestInstaller } from '../runner/test-installer.ts';
import { query } from '../support/query.ts';
import { until } from '../support/until.ts';
import { createWorld, mlflowReady, type World } from '../support/world.ts';
import { builtImages, type Images } from './built-images.ts';
import { composeServices, type Service } from './compose-file.ts';
import { RoleContainer } from './role-container.ts';

/**
 * docker-compose.yml as far as it can be run without an engine: the services made of our image run in containers, with the
 * addresses of the real parts in place of the names of services, and the broker runs with the settings of its service.
 */
const WAIT_MS = 300_000;

let services: Readonly<Record<string, Service>>;
let images: Images;
let world: World;
/** The settings of the roles, with the addresses of this machine. */
let environment: Readonly<Record<string, string | undefined>>;
const containers: RoleContainer[] = [];

const service = (name: string): Service => {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};

beforeAll(async () => {
  [services, images] = await Promise.all([composeServices(), builtImages()]);
  const mlflow = await mlflowReady();
  world = await createWorld();
  const given = service('web').environment ?? {};
  const here: Record<string, string | undefined> = {
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, process.env[name] ?? String(value)])),
    DATABASE_URL: world.databaseUrl,
    MLFLOW_TRACKING_URI: mlflow,
    KAFKA_TOPIC_PREFIX: world.topicPrefix,
    ARCHIVE_PREFIX: `${world.bucketPrefix}archive`,
    // Of this machine's network, which the containers of this test share.
    HOST: '127.0.0.1',
    HEALTH_PORT: undefined,
    METRICS_PORT: undefined,
  };
  environment = here;
}, 1_200_000);

afterAll(async () => {
  await Promise.all(containers.map((one) => one.stop()));
  await world?.close();
}, 300_000);

async function start(name: string, image: string): Promise<RoleContainer> {
  const { command: args = [] } = service(name);
  const container = await RoleContainer.start({ image, name: `compose-${name}`, args, environment });
  containers.push(container);
  return container;
}

/** Runs `setup` until it succeeds, as `restart: on-failure` does, and returns its output. */
async function setUp(): Promise<string> {
  expect(service('setup').restart).toBe('on-failure');
  const { entrypoint = [], command: args = [] } = service('setup');
  const options = { image: images.roles, name: 'compose-setup', args, entrypoint, environment };
  return until('setup succeeds', WAIT_MS, async () => {
    const container = await RoleContainer.start(options);
    return (await container.ended) === 0 ? container.log : undefined;
  });
}

test('setup prepares the parts and creates one key, and the roles then serve those who have it', async () => {
  const key = (log: string): string | undefined => /^tlk_\S+$/m.exec(log)?.[0];
  const first = key(await setUp());
  expect(first).toBeDefined();
  expect(key(await setUp())).toBeUndefined();

  const web = await start('web', images.roles);
  const pipeline = await start('pipeline', images.roles);
  const bridge = await start('bridge', images.bridge);
  await Promise.all([web, pipeline, bridge].map((one) => one.ready()));
  const post = (authorization: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`${web.url}/api/events/ml`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ event: 'ml.run.metric', trial_id: 'composed', measurements: { loss: 0.5 } }),
    });
  expect((await post({})).status).toBe(401);
  expect((await post({ authorization: `Bearer ${first}` })).status).toBe(202);
  await until('the point is in its table', WAIT_MS, async () => {
    const { rows } = await query(world.databaseUrl, "select from trial_metric_points where trial_id = 'composed'");
    return rows.length === 1;
  });
});

/** Fetches the jars of the broker, unless they are there: a connected shell may have a broker that runs elsewhere. */
const installBroker = (home: string): Promise<void> => kafka.install(createTestInstaller('kafka', home));

test('a broker with the settings of its service serves the machine and the other containers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-compose-'));
  const outer = await freePort(12_000);
  const inner = await freePort(outer + 1);
  const controller = await freePort(inner + 1);
  const ports: Readonly<Record<string, number>> = { 9092: outer, 19092: inner, 9093: controller };
  // The image of Kafka makes a property of each variable in this way; KAFKA_HEAP_OPTS is one of its own.
  const properties = Object.entries(service('kafka').environment ?? {})
    .filter(([name]) => name !== 'KAFKA_HEAP_OPTS' && name !== 'KAFKA_LOG_DIRS')
    .map(([name, value]) => {
      const local = String(value)
        .replaceAll(/(\/\/|@)(?:kafka|127\.0\.0\.1)?:/g, '$1127.0.0.1:')
        .replaceAll(/:(9092|19092|9093)\b/g, (_, port: string) => `:${ports[port]}`);
      return `${name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.')}=${local}\n`;
    });
  const file = join(folder, 'server.properties');
  writeFileSync(file, `${properties.join('')}log.dirs=${join(folder, 'data')}\n`);
  mkdirSync(join(folder, 'data'));
  await installBroker(folder);
  const java = [...QUICK_START, '-cp', join(PARTS_FOLDER, kafka.folder ?? '', '*')];
  const common = { file: 'java', environment: bareEnvironment(process.env), cwd: folder };
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'AAAAAAAAAAAAAAAAAAAAAQ', '-c', file];
  const never = new AbortController().signal;
  await runGuarded({ ...common, args: [...java, ...format], logPath: join(folder, 'format.log') }, 'Formatting', never);
  const args = ['-Xmx320m', ...java, 'kafka.Kafka', file];
  const server = startGuarded({ ...common, args, logPath: join(folder, 'broker.log') });
  try {
    for (const port of [outer, inner]) {
      const { kafka: settings } = loadConfig({ KAFKA_BROKERS: `127.0.0.1:${port}` });
      const admin = createKafka(settings, 'test', { log: createLog('silent') }).admin();
      const { brokers } = await until(`the broker answers on port ${port}`, WAIT_MS, async () => {
        await admin.connect();
        return admin.describeCluster();
      }).finally(() => admin.disconnect());
      expect(brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port }]);
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
});

import { join } from 'node:path';
import { createKeyedMutex } from '../../dev/machine/keyed-mutex.ts';
import { createProgress } from '../../dev/machine/progress.ts';
import { PARTS_FOLDER } from '../../dev/stack/folders.ts';
import { createInstaller } from '../../dev/stack/installer.ts';
import { freePort } from '../../dev/stack/ports.ts';
import { attachJmxAgent } from '../../dev/watch/jmx-agent.ts';
import { type Beside, startAlertmanager, startNodeExporter, startPrometheus } from '../../dev/watch/prometheus.ts';
import { ROLE_NAMES } from '../../src/pipeline.ts';
import { program } from '../bridge/support/python.ts';
import { createFaultWorld, type FaultWorld } from '../faults/harness/fault-world.ts';
import { type MlflowPart, startMlflowPart } from '../faults/harness/mlflow-part.ts';
import { FAULTS_HOME } from '../faults/harness/parts.ts';
import type { RoleProcess } from '../faults/harness/role-process.ts';
import { installTestPython } from '../runner/python.ts';
import { type Collector, startCollector } from '../support/collector.ts';
import { createQueryApi, type QueryApi } from './query-api.ts';
import { startWebhook, type Webhook } from './webhook.ts';

const INTERVAL_SECONDS = 2;
const MAIN_ROLES = ROLE_NAMES.filter((name) => name !== 'router');

/** The system in two processes, everything that watches it, and a receiver of its alerts. */
export interface WatchedSystem {
  readonly world: FaultWorld;
  readonly mlflow: MlflowPart;
  readonly prometheus: Beside;
  readonly api: QueryApi;
  readonly webhook: Webhook;
  /** The receiver of spans. */
  readonly collector: Collector;
  readonly main: RoleProcess;
  /** The process of the router, which runs alone. */
  readonly router: RoleProcess;
  /** Starts another one, whose metrics are at the same address. */
  startRouter(): Promise<unknown>;
  close(): Promise<void>;
}

/** Alerts hold for minutes and look back for longer; a test of a fault cannot. Limits and labels stay as they are. */
const hasten = (alerts: string): string =>
  alerts.replaceAll(/for: '?\w+'?$/gm, 'for: 4s').replaceAll(/\[(?:2m|5m|10m|15m|1h)\]/g, '[20s]');

/** Ends what was started, the last first. */
type Ends = (() => Promise<unknown>)[];

/** A start that fails ends what it has started: those processes would outlive the tests, and jest would wait for them. */
export async function startWatchedSystem(): Promise<WatchedSystem> {
  const ends: Ends = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    return { ...(await startAll(ends)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startAll(ends: Ends): Promise<Omit<WatchedSystem, 'close'>> {
  const signal = new AbortController().signal;
  const folder = join(FAULTS_HOME, 'watch');
  const mlflow = await startMlflowPart();
  const ports = { main: await freePort(33_100), router: await freePort(33_200), kafka: await freePort(33_300) };
  ends.push(() => mlflow.close());
  const collector = await startCollector();
  ends.push(() => collector.close());
  const world = await createFaultWorld({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    MLFLOW_TRACKING_URI: mlflow.url,
    CEREBROS_PYTHON: await installTestPython(),
    CEREBROS_SCRIPT_PATH: program('study_worker.py'),
    BRIDGE_MODE: 'warm',
    BRIDGE_WORKERS: '2',
    BRIDGE_HEARTBEAT_MS: '4000',
    BRIDGE_HOST_FAILURES: '0',
    PRODUCER_DEADLINE_MS: '4000',
  });
  ends.push(() => world.close());
  const startRouter = async (): Promise<RoleProcess> =>
    (await world.start(['router'], { environment: { METRICS_PORT: String(ports.router) } })).ready();
  const started = world.start(MAIN_ROLES, { environment: { METRICS_PORT: String(ports.main) } });
  const router = await startRouter();
  const main = await (await started).ready(180_000);

  const progress = createProgress(process.stderr);
  const options = { home: FAULTS_HOME, parts: PARTS_FOLDER, environment: process.env, progress, signal };
  const installer = createInstaller('watch', { ...options, mutex: createKeyedMutex() });
  await attachJmxAgent(installer, join(FAULTS_HOME, 'kafka'), ports.kafka);
  const webhook = await startWebhook();
  ends.push(() => webhook.close());
  const node = await startNodeExporter(join(folder, 'node'), signal);
  ends.push(() => node.stop());
  const alertmanager = await startAlertmanager(join(folder, 'alertmanager'), webhook.url, signal);
  ends.push(() => alertmanager.stop());
  const prometheus = await startPrometheus({
    folder: join(folder, world.topicPrefix),
    signal,
    intervalSeconds: INTERVAL_SECONDS,
    editAlerts: hasten,
    targets: {
      thunderline: [`127.0.0.1:${ports.main}`, `127.0.0.1:${ports.router}`],
      kafka: [`127.0.0.1:${ports.kafka}`],
      node: [new URL(node.url).host],
      alertmanager: [new URL(alertmanager.url).host],
    },
  });
  ends.push(() => prometheus.stop());
  return {
    world,
    mlflow,
    prometheus,
    api: createQueryApi(prometheus.url),
    webhook,
    collector,
    main,
    router,
    startRouter,
  };
}

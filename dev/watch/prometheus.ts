import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toYaml } from '../../deploy/yaml.ts';
import { type GuardedProcess, startGuarded } from '../machine/guard.ts';
import { logTail } from '../machine/log-tail.ts';
import { PROJECT } from '../stack/folders.ts';
import { freePort } from '../stack/ports.ts';
import { untilReady } from '../stack/until-ready.ts';

/** The settings that an operator copies. */
export const DEPLOYED = join(PROJECT, 'deploy/prometheus');

/** `HOST:PORT` of the programs that Prometheus reads or calls, by job. */
export type Targets = Readonly<Partial<Record<'thunderline' | 'kafka' | 'node' | 'alertmanager', readonly string[]>>>;

export interface PrometheusOptions {
  /** The folder for its settings, data and log. */
  readonly folder: string;
  readonly targets: Targets;
  readonly signal: AbortSignal;
  /** Seconds between two evaluations of the targets and the rules; 15 if absent. */
  readonly intervalSeconds?: number;
  /** Changes the text of the alerts, for a test that cannot wait for hours. */
  readonly editAlerts?: (text: string) => string;
}

/** A program that runs beside the system. */
export interface Beside {
  readonly url: string;
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

/** Starts Prometheus with the settings of deploy/prometheus and these targets. Resolves when it serves queries. */
export async function startPrometheus(options: PrometheusOptions): Promise<Beside> {
  const { folder, targets, intervalSeconds = 15, editAlerts = (text) => text } = options;
  const settings = join(folder, 'settings');
  rmSync(settings, { recursive: true, force: true });
  cpSync(DEPLOYED, settings, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  rmSync(join(settings, 'targets'), { recursive: true, force: true });
  mkdirSync(join(settings, 'targets'));
  for (const [job, list] of Object.entries(targets)) {
    writeFileSync(join(settings, `targets/${job}.yml`), toYaml([{ targets: list }]));
  }
  edit(join(settings, 'prometheus.yml'), (text) => text.replaceAll('interval: 15s', `interval: ${intervalSeconds}s`));
  edit(join(settings, 'rules/alerts.yml'), editAlerts);
  const port = await freePort(9_090);
  return start('Prometheus', `http://127.0.0.1:${port}`, '/-/ready', options, 'prometheus', [
    `--config.file=${join(settings, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--storage.tsdb.retention.time=7d',
    // Keeps the traces that /metrics names.
    '--enable-feature=exemplar-storage',
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ]);
}

/** Starts Alertmanager with a route of every alert to `webhook`. */
export async function startAlertmanager(folder: string, webhook: string, signal: AbortSignal): Promise<Beside> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'alertmanager.yml');
  const route = { receiver: 'test', group_by: ['...'], group_wait: '1s', group_interval: '1s', repeat_interval: '1h' };
  const receivers = [{ name: 'test', webhook_configs: [{ url: webhook, send_resolved: true }] }];
  writeFileSync(config, toYaml({ route, receivers }));
  const port = await freePort(9_093);
  return start('Alertmanager', `http://127.0.0.1:${port}`, '/-/ready', { folder, signal }, 'prometheus-alertmanager', [
    `--config.file=${config}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
    '--log.level=warn',
  ]);
}

/** Starts the node exporter, which reports disks and memory of this machine. */
export async function startNodeExporter(folder: string, signal: AbortSignal): Promise<Beside> {
  const port = await freePort(9_100);
  const url = `http://127.0.0.1:${port}`;
  return start('The node exporter', url, '/metrics', { folder, signal }, 'prometheus-node-exporter', [
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ]);
}

async function start(
  title: string,
  url: string,
  probe: string,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
  file: string,
  args: readonly string[],
): Promise<Beside> {
  mkdirSync(folder, { recursive: true });
  const environment = { PATH: process.env.PATH };
  const server: GuardedProcess = startGuarded({
    file,
    args,
    environment,
    cwd: folder,
    logPath: join(folder, `${file}.log`),
  });
  let ended: Error | undefined;
  const failed = server.exited.then((end) => {
    ended = new Error(`${title} ended (${end}); the end of ${server.logPath}:\n${logTail(server.logPath)}`);
    return ended;
  });
  const answers = async (): Promise<void> => {
    const answer = await fetch(`${url}${probe}`);
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`${title} answers ${answer.status}`);
  };
  try {
    await untilReady(title, answers, { signal, ended: () => ended, logPath: () => server.logPath });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url, failed, stop: () => server.stop() };
}

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createKeyedMutex } from '../machine/keyed-mutex.ts';
import type { Progress } from '../machine/progress.ts';
import { createInstaller } from '../stack/installer.ts';
import { freePort } from '../stack/ports.ts';
import { attachJmxAgent } from './jmx-agent.ts';
import { type Beside, startNodeExporter, startPrometheus } from './prometheus.ts';

export interface WatchOptions {
  readonly home: string;
  readonly parts: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** `HOST:PORT` of the metrics of this system. */
  readonly thunderline: string;
}

/**
 * Starts Prometheus with the rules of deploy/ beside a running system. The node exporter and the JMX agent of the broker join
 * where they can: without them, the dashboards of disks and of Kafka are empty.
 */
export async function startWatch(options: WatchOptions): Promise<Beside> {
  const { home, progress, signal, thunderline } = options;
  const folder = join(home, 'data/watch');
  const started: Beside[] = [];
  const stop = async (): Promise<void> => {
    for (const one of started.splice(0).reverse()) await one.stop();
  };
  progress.report('watch', 'starting Prometheus');
  try {
    const node = isInstalled('prometheus-node-exporter') ? await startNodeExporter(folder, signal) : undefined;
    if (node === undefined) progress.note('prometheus-node-exporter is not installed: no metrics of disks.');
    else started.push(node);
    const kafka = await watchBroker(options);
    const prometheus = await startPrometheus({
      folder,
      signal,
      targets: {
        thunderline: [thunderline],
        ...(node && { node: [new URL(node.url).host] }),
        ...(kafka && { kafka: [kafka] }),
      },
    });
    started.push(prometheus);
    progress.report('watch', `ready at ${prometheus.url}`, true);
    return { url: prometheus.url, failed: Promise.race(started.map(({ failed }) => failed)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The address of the metrics of the broker; undefined if they cannot be read. */
async function watchBroker(options: WatchOptions): Promise<string | undefined> {
  const { home, progress } = options;
  try {
    const port = await freePort(9_404);
    await attachJmxAgent(createInstaller('watch', { ...options, mutex: createKeyedMutex() }), home, port);
    return `127.0.0.1:${port}`;
  } catch (error) {
    progress.note(`No metrics of the broker: ${(error as Error).message.split('\n')[0]}`);
    return undefined;
  }
}

const isInstalled = (file: string): boolean => spawnSync(file, ['--version'], { stdio: 'ignore' }).error === undefined;

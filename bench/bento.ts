import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, runGuarded, startGuarded } from '../dev/machine/guard.ts';
import { folderOf, installOnce } from '../dev/machine/install-once.ts';
import { logTail } from '../dev/machine/log-tail.ts';
import { PARTS_FOLDER } from '../dev/stack/folders.ts';

const SOURCE = join(import.meta.dirname, 'bento');
const PINS = ['go.mod', 'go.sum', 'main.go'].map((file) => readFileSync(join(SOURCE, file), 'utf8'));

/** Bento reads a plugin catalogue of several megabytes when it starts, which takes seconds on busy cores. */
const START_TIMEOUT_MS = 30_000;

const DIRECTORY = join(PARTS_FOLDER, folderOf('bento', ...PINS));

/** Whether `buildBento` has nothing left to build. */
export const isBentoBuilt = (): boolean => existsSync(DIRECTORY);

/**
 * Builds Bento, the program that the benchmarks compare with, with only the plugins of its two pipelines. Go builds it once.
 *
 * @returns the path of the program.
 */
export async function buildBento(): Promise<string> {
  await installOnce(DIRECTORY, async (temporary) => {
    console.log('Building Bento: about 3 minutes on two cores, once.');
    const source = join(temporary, 'source');
    cpSync(SOURCE, source, { recursive: true });
    await runGuarded(
      {
        file: 'go',
        args: ['build', '-o', join(temporary, 'bento'), '.'],
        environment: process.env,
        cwd: source,
        logPath: join(temporary, 'build.log'),
      },
      'Building Bento',
      AbortSignal.timeout(20 * 60_000),
    );
  });
  return join(DIRECTORY, 'bento');
}

export interface BentoOptions {
  /** `ingest` answers HTTP posts once Kafka has their events; `sink` writes a topic to the table `bento_metrics`. */
  readonly config: 'ingest' | 'sink';
  /** `KAFKA_BROKERS` and `SCHEMA_REGISTRY_URL`; for `sink` also `DATABASE_URL` and, if wanted, `BENTO_TOPIC`, `BENTO_GROUP`. */
  readonly environment: NodeJS.ProcessEnv;
  /** The port of `ingest`, which answers at `http://127.0.0.1:PORT/api/events/ml`. */
  readonly port?: number;
}

export interface Bento {
  /** The id of its process group. */
  readonly pid: number;
  stop(): Promise<void>;
}

async function answers(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  }
}

/** Starts Bento with one of its two pipelines; `ingest` answers when this resolves. Bento ends with this process. */
export async function startBento({ config, environment, port = 14_100 }: BentoOptions): Promise<Bento> {
  const file = await buildBento();
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-bento-'));
  const command: Command = {
    file,
    args: ['-c', join(SOURCE, `${config}.yaml`)],
    environment: { ...process.env, ...environment, BENTO_PORT: String(port) },
    cwd: folder,
    logPath: join(folder, 'bento.log'),
  };
  const child = startGuarded(command);
  let end: string | undefined;
  void child.exited.then((how) => {
    end = how;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (config === 'ingest' && !(await answers(port))) {
    if (end === undefined && Date.now() < deadline) {
      await sleep(100);
      continue;
    }
    const log = logTail(command.logPath);
    await child.stop();
    throw new Error(`Bento does not answer at port ${port} (${end ?? 'it runs'}); the end of its log:\n${log}`);
  }
  return {
    pid: child.pid,
    async stop() {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

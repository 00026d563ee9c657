import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../dev/stack/ports.ts';
import { until } from '../support/until.ts';
import { IMAGE_HOME, podman, startPodman } from './containers.ts';

const READY_MS = 300_000;
const STOP_SECONDS = 60;
/** From the end of a container to the end of the podman that runs it, at most. */
const END_MS = 10_000;
/** Ports below the ephemeral ports of the system; each process of this suite has twenty, chosen at random. */
let nextPort = 14_000 + 20 * randomInt(100);

/** Memory of each container, in MiB. A container that needs more is killed by the kernel. */
export const MEMORY_MIB = 256;

export interface ContainerOptions {
  readonly image: string;
  /** Names the container and its log. */
  readonly name: string;
  /** Arguments of the command: `serve --roles router`. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly memoryMib?: number;
  /** Replaces the entry point of the image. */
  readonly entrypoint?: readonly string[];
}

/**
 * A container as the documents recommend it: not root, no capability, no new privileges, a root file system that cannot be
 * written, and a limit of memory. On the network of the machine, because the parts listen on loopback.
 */
export class RoleContainer {
  readonly name: string;
  readonly url: string;
  readonly logPath: string;
  /** Resolves with the exit code of the command. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #exit: { readonly code: number | null } | undefined;

  private constructor(name: string, port: number, logPath: string, child: ChildProcess) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    this.logPath = logPath;
    this.#child = child;
    this.ended = once(this.#child, 'exit').then(([code]) => {
      this.#exit = { code };
      return code;
    });
  }

  static async start(options: ContainerOptions): Promise<RoleContainer> {
    const { image, args, environment, memoryMib = MEMORY_MIB, entrypoint } = options;
    const name = `thunderline-test-${options.name}`;
    const port = await freePort(nextPort);
    nextPort = port + 1;
    const folder = join(IMAGE_HOME, 'logs');
    mkdirSync(folder, { recursive: true });
    // A file, because every user of the machine can read the arguments of a process, and these contain passwords.
    const variables = join(folder, `${options.name}.env`);
    const lines = Object.entries({ ...environment, PORT: String(port) }).filter(([, value]) => value !== undefined);
    writeFileSync(variables, lines.map(([key, value]) => `${key}=${value}\n`).join(''), { mode: 0o600 });
    const limits = ['--memory', `${memoryMib}m`, '--ulimit', 'nofile=20000:20000', '--ulimit', 'nproc=4096:4096'];
    const bounds = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'];
    const run = ['run', '--rm', '--name', name, '--network', 'host', ...bounds, ...limits, '--env-file', variables];
    if (entrypoint !== undefined) run.push('--entrypoint', JSON.stringify(entrypoint));
    const logPath = join(folder, `${options.name}.log`);
    const log = openSync(logPath, 'w');
    const child = startPodman([...run, image, ...args], log);
    closeSync(log);
    return new RoleContainer(name, port, logPath, child);
  }

  get log(): string {
    return readFileSync(this.logPath, 'utf8');
  }

  /** Resolves when `/health/ready` answers 200; rejects when the container ends before. */
  async ready(): Promise<this> {
    let problem = '';
    await until(`${this.name} is ready`, READY_MS, async () => {
      if (this.#exit !== undefined) return true;
      const response = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(10_000) });
      if (!response.ok) problem = await response.text();
      if (!response.ok) throw new Error(problem);
      return true;
    });
    if (this.#exit === undefined) return this;
    throw new Error(`${this.name} ended with exit code ${this.#exit.code}: ${this.log.slice(-2_000)}`);
  }

  /** Runs a command inside and returns its output. */
  exec(...command: readonly string[]): Promise<string> {
    return podman('exec', this.name, ...command);
  }

  /** Runs the health check of the image; rejects if it fails. */
  healthCheck(): Promise<string> {
    return podman('healthcheck', 'run', this.name);
  }

  /** Sends SIGTERM; resolves with the exit code. After a minute, the container is killed, and the code is 137. */
  async stop(): Promise<number | null> {
    if (this.#exit === undefined) {
      await podman('stop', '--time', String(STOP_SECONDS), this.name).catch((error: unknown) =>
        this.#endedDespite(error),
      );
    }
    return this.ended;
  }

  /** podman does not find a container that has just ended by itself. Any other failure leaves one that runs. */
  async #endedDespite(error: unknown): Promise<void> {
    const hasEnded = await Promise.race([this.ended.then(() => true), sleep(END_MS, false)]);
    if (!hasEnded) throw error;
  }
}

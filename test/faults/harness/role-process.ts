import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT } from '../../../dev/stack/folders.ts';
import type { Health } from '../../../src/runtime/health.ts';
import { THUNDERLINE } from '../../support/thunderline.ts';
import { until } from '../../support/until.ts';

const READY_MS = 90_000;
const STOP_MS = 40_000;
const ASK_MS = 5_000;
const PRELOAD = join(PROJECT, 'test/faults/preload.ts');

export interface RoleCommand {
  /** Arguments, as in `['serve', '--roles', 'router']`. */
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly port: number;
  readonly logPath: string;
}

/** One process of Thunderline, as an operator would start it. */
export class RoleProcess {
  readonly url: string;
  readonly logPath: string;
  /** Resolves with the end of the process in words: `exit code 0`, `signal SIGKILL`. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #end: string | undefined;

  constructor({ args, environment, port, logPath }: RoleCommand) {
    mkdirSync(dirname(logPath), { recursive: true });
    const log = openSync(logPath, 'w');
    this.#child = spawn(process.execPath, ['--import', PRELOAD, THUNDERLINE, ...args], {
      env: { ...environment, PORT: String(port) },
      // The channel ends with this process, and the child with the channel: see preload.ts.
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.url = `http://127.0.0.1:${port}`;
    this.logPath = logPath;
    this.ended = once(this.#child, 'exit').then(([code, signal]) => {
      this.#end = signal === null ? `exit code ${code}` : `signal ${signal}`;
      return this.#end;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get log(): string {
    return readFileSync(this.logPath, 'utf8');
  }

  /** Resolves when `/health/ready` answers 200; rejects when the process ends before. */
  async ready(timeoutMs = READY_MS): Promise<this> {
    await until(`${this.url} is ready`, timeoutMs, async () => this.#end !== undefined || (await this.health()).ok);
    if (this.#end !== undefined) throw new Error(`ended with ${this.#end} before it was ready, see ${this.logPath}`);
    return this;
  }

  /** The answer of `/health/ready` or `/health/live`. */
  async health(path: 'ready' | 'live' = 'ready'): Promise<Health> {
    const response = await fetch(`${this.url}/health/${path}`, { signal: AbortSignal.timeout(ASK_MS) });
    return (await response.json()) as Health;
  }

  /** The problems in `/health/ready`, as text. */
  async problems(): Promise<string> {
    return Object.values((await this.health()).checks)
      .filter((problem) => problem !== null)
      .join('; ');
  }

  /** The sum of all series of a metric in `/metrics`. */
  async metric(name: string): Promise<number> {
    const response = await fetch(`${this.url}/metrics`, { signal: AbortSignal.timeout(ASK_MS) });
    const lines = (await response.text()).split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  signal(name: NodeJS.Signals): void {
    if (this.#end === undefined) this.#child.kill(name);
  }

  /** Sends SIGKILL. */
  kill(): Promise<string> {
    this.signal('SIGKILL');
    return this.ended;
  }

  /** Sends SIGTERM, and SIGKILL when that does not end the process. Safe to call twice, and on a suspended or ended process. */
  stop(): Promise<string> {
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), STOP_MS);
    return this.ended.finally(() => clearTimeout(timer));
  }
}

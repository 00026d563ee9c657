import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../../../dev/machine/progress.ts';
import { PART_NAMES, type PartName, type Variables } from '../../../dev/parts/part.ts';
import { PARTS } from '../../../dev/parts/parts.ts';
import { PARTS_FOLDER } from '../../../dev/stack/folders.ts';
import { type Stack, startStack } from '../../../dev/stack/stack.ts';
import { portOffset } from '../../runner/port-offset.ts';
import { until } from '../../support/until.ts';
import { guardedServer, stateOf } from './guarded-server.ts';

const FROZEN_MS = 5_000;

/** The environment without the addresses of parts that run elsewhere, because this run starts its own. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const elsewhere = new Set<string>(PART_NAMES.map((name) => PARTS[name].variable));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !elsewhere.has(name)));
}

/** A part in a separate stack, so that it can die and start again, on the same port and data, while the others run. */
export class BreakablePart {
  readonly name: PartName;
  readonly #home: string;
  readonly #progress: Progress;
  #needs: Variables = {};
  #stack: Stack | undefined;
  #variables: Variables = {};

  constructor(name: PartName, home: string, progress: Progress) {
    this.name = name;
    this.#home = home;
    this.#progress = progress;
  }

  /** Its variables. */
  get variables(): Variables {
    return this.#variables;
  }

  /** The log of the server since its last start. */
  get log(): string {
    return readFileSync(join(this.#home, 'logs', `${this.name}.log`), 'utf8');
  }

  /** The process id of the server. */
  get pid(): number {
    const group = JSON.parse(readFileSync(join(this.#home, 'groups', `${this.name}.json`), 'utf8')) as { pid: number };
    return guardedServer(group.pid, this.name);
  }

  /** Resolves when the part serves; at once when it runs already. */
  async start(needs: Variables = this.#needs): Promise<void> {
    if (this.#stack !== undefined) return;
    this.#needs = needs;
    const stack = await startStack({
      home: this.#home,
      parts: PARTS_FOLDER,
      environment: { ...ownEnvironment(), ...needs },
      progress: this.#progress,
      only: [this.name],
      portOffset: portOffset(this.#home),
    });
    this.#stack = stack;
    const { variable } = PARTS[this.name];
    const before = this.#variables[variable];
    if (before !== undefined && before !== stack.environment[variable]) {
      throw new Error(`${this.name} started on another port: its port was taken meanwhile`);
    }
    const mine = Object.entries(stack.environment).filter(([name]) => !(name in needs));
    this.#variables = Object.fromEntries(mine);
  }

  /** Ends the server by a signal; resolves with its end in words, as in `Postgres 18 ended (exit code 137)`. */
  async kill(signal: NodeJS.Signals): Promise<string> {
    if (this.#stack === undefined) throw new Error(`${this.name} does not run`);
    process.kill(this.pid, signal);
    const { message } = await this.#stack.failed;
    await this.stop();
    return message.split(';')[0] ?? '';
  }

  /** Suspends the process: its sockets stay open, and no request is answered. Resolves when it is suspended. */
  async freeze(): Promise<void> {
    process.kill(this.pid, 'SIGSTOP');
    await until(`${this.name} is suspended`, FROZEN_MS, async () => this.state === 'T');
  }

  thaw(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** The state of the process in the kernel: R and S are running, T is suspended. */
  get state(): string {
    return stateOf(this.pid);
  }

  /** Safe to call twice, and on a part that has died. */
  async stop(): Promise<void> {
    await this.#stack?.stop();
    this.#stack = undefined;
  }
}

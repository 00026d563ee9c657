import { join } from 'node:path';
import { type GuardedProcess, startGuarded } from '../../../dev/machine/guard.ts';
import { nodeArguments } from '../../../dev/parts/kafka-node.ts';
import { guardedServer, stateOf } from '../../faults/harness/guarded-server.ts';
import { until } from '../../support/until.ts';

const STATE_MS = 5_000;
const GRACE_SECONDS = 60;
/** A broker of a test needs little. */
const MEMORY = ['-Xmx300m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

export interface BrokerSettings {
  readonly id: number;
  readonly jars: string;
  readonly properties: string;
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** One broker of a cluster, on the same port and data at each start. */
export class Broker {
  readonly id: number;
  readonly folder: string;
  readonly #settings: BrokerSettings;
  #process: GuardedProcess | undefined;

  constructor(settings: BrokerSettings) {
    this.id = settings.id;
    this.folder = settings.folder;
    this.#settings = settings;
  }

  /** Whether it runs and is not suspended. */
  get serves(): boolean {
    return this.#process !== undefined && stateOf(this.pid) !== 'T';
  }

  get pid(): number {
    return guardedServer(this.#process?.pid ?? 0, `broker ${this.id}`);
  }

  /** Starts it, and does not wait for it. Resumes it if it is suspended; nothing else happens to one that runs. */
  start(): void {
    this.resume();
    if (this.#process !== undefined) return;
    const { jars, properties, folder, environment } = this.#settings;
    this.#process = startGuarded({
      file: 'java',
      args: [...MEMORY, ...nodeArguments(jars, properties)],
      environment,
      cwd: folder,
      logPath: join(folder, 'broker.log'),
      graceSeconds: GRACE_SECONDS,
    });
  }

  /** Ends it by SIGKILL. Safe to call on a broker that does not run. */
  async kill(): Promise<void> {
    if (this.#process === undefined) return;
    process.kill(this.pid, 'SIGKILL');
    await this.#process.exited;
    this.#process = undefined;
  }

  /** Ends it by SIGTERM: it passes its partitions on before. */
  async stop(): Promise<void> {
    this.resume();
    await this.#process?.stop();
    this.#process = undefined;
  }

  /** Suspends it: its sockets stay open, and no request is answered. */
  async pause(): Promise<void> {
    process.kill(this.pid, 'SIGSTOP');
    await until(`broker ${this.id} is suspended`, STATE_MS, () => stateOf(this.pid) === 'T');
  }

  resume(): void {
    if (this.#process !== undefined) process.kill(this.pid, 'SIGCONT');
  }
}

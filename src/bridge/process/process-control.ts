import { randomUUID } from 'node:crypto';
import { lazy } from '../../runtime/lazy.ts';
import type { Telemetry } from '../../telemetry.ts';
import { usableInterpreter } from './interpreter.ts';
import { type Isolation, probeIsolation, TREE } from './isolation.ts';
import { markOf, thisBridge } from './keeper-mark.ts';
import { type Command, type KeptProgram, startKept } from './kept-program.ts';
import { sweep } from './kill-marked.ts';

/** Starts programs that cannot outlive this process, nor its lease. */
export interface ProcessControl {
  /** How programs are isolated here. Rejects with {@link UnusableInterpreter}. */
  isolation(): Promise<Isolation>;
  /** Rejects with {@link UnusableInterpreter}, if the system refuses the start, or after `close`. */
  start(command: Command): Promise<KeptProgram>;
  /** Extends the lease of every program: a request sent at `sentAtMs` (`performance.now()`) has renewed it. */
  renewed(sentAtMs: number): void;
  /** Kills every program. Resolves when no process is left. */
  close(): Promise<void>;
}

export interface ProcessControlSettings {
  /** The interpreter of the keepers: a path, or a name that is searched in the `PATH` of `environment`. */
  readonly python: string;
  /** The environment of probes. */
  readonly environment: Readonly<Record<string, string>>;
  readonly pidNamespace: 'auto' | 'off';
  /** Programs are killed this long after the last renewal was sent, from the first renewal on. */
  readonly leaseMs: number;
  /** From TERM to KILL. */
  readonly graceMs: number;
  readonly niceness: number;
}

/** The offset of CLOCK_MONOTONIC, which keepers read, from `performance.now()`. Both have the same pace. */
const CLOCK_OFFSET_MS = (): number => Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Kills what earlier bridges of this machine left. The interpreter is looked for at the first start. */
export async function openProcessControl(
  { python, environment, pidNamespace, leaseMs, graceMs, niceness }: ProcessControlSettings,
  { log, metrics }: Telemetry,
): Promise<ProcessControl> {
  const swept = await sweep();
  if (swept > 0) {
    metrics.bridgeStrays.inc(swept);
    log.warn({ killed: swept }, 'killed processes that an earlier bridge had left');
  }
  const ready = lazy(async () => {
    const { executable } = await usableInterpreter(python, environment);
    const isolation = pidNamespace === 'off' ? TREE : await probeIsolation(executable, environment);
    log.info({ isolation: isolation.kind, how: isolation.described }, 'process control of workers');
    return { python: executable, isolation };
  });
  const offsetMs = CLOCK_OFFSET_MS();
  const bridge = thisBridge();
  const running = new Set<KeptProgram>();
  let leasedUntilMs = 0;
  const starts = new Set<Promise<void>>();
  let isClosed = false;

  async function startOne(command: Command): Promise<KeptProgram> {
    const found = await ready();
    const keeper = { mark: markOf(bridge, randomUUID()), leasedUntilMs };
    const kept = await startKept(command, { ...found, graceMs, niceness }, keeper);
    running.add(kept);
    if (isClosed) kept.kill();
    // A renewal that arrived during the start reached no keeper.
    else if (leasedUntilMs > 0) kept.leasedUntil(leasedUntilMs);
    void kept.ended.then(({ strays, left }) => {
      running.delete(kept);
      if (strays > 0) metrics.bridgeStrays.inc(strays);
      if (left > 0) log.error({ left }, 'processes of a worker could not be killed');
    });
    return kept;
  }

  return {
    isolation: async () => (await ready()).isolation,
    async start(command) {
      if (isClosed) throw new Error('the bridge is stopping');
      const starting = startOne(command);
      const settled = starting.then(
        () => {},
        () => {},
      );
      starts.add(settled);
      void settled.then(() => starts.delete(settled));
      return starting;
    },
    renewed(sentAtMs) {
      leasedUntilMs = Math.max(leasedUntilMs, sentAtMs + offsetMs + leaseMs);
      for (const kept of running) kept.leasedUntil(leasedUntilMs);
    },
    async close() {
      isClosed = true;
      await Promise.all(starts);
      const ends = [...running].map((kept) => {
        kept.kill();
        return kept.ended;
      });
      await Promise.all(ends);
    },
  };
}

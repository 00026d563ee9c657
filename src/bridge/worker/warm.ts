import { unlessAborted } from '../../runtime/unless-aborted.ts';
import type { Telemetry } from '../../telemetry.ts';
import type { Command } from '../process/kept-program.ts';
import type { ProcessControl } from '../process/process-control.ts';
import { type Failure, failure } from './failure.ts';
import { readResult } from './read-result.ts';
import type { Runner, RunnerLimits } from './runner.ts';
import type { LocatedScript } from './script.ts';
import type { Slot } from './slots.ts';
import { startFailure } from './start-failure.ts';
import { WarmWorker, type WarmWorkerSettings, type WorkerAnswer } from './warm-worker.ts';
import type { WorkerCall, WorkerOutcome } from './workers.ts';

export interface WarmSettings extends RunnerLimits, WarmWorkerSettings {
  readonly control: ProcessControl;
  readonly locate: () => Promise<LocatedScript>;
  readonly environment: Readonly<Record<string, string>>;
  readonly slots: readonly Slot[];
  /** Commands after which a worker is replaced. */
  readonly warmCommands: number;
  /** Memory of a worker and its descendants above which it is replaced once it is idle, in bytes; 0 switches this off. */
  readonly warmBytes: number;
  readonly graceMs: number;
}

type Started =
  | { readonly ok: true; readonly worker: WarmWorker }
  | { readonly ok: false; readonly failure: Failure; readonly output: string };

/** Keeps one worker process in each slot, and starts all of them at once. */
export function createWarmRunner(settings: WarmSettings, { log, metrics }: Telemetry): Runner {
  const workers = new Map<number, Promise<Started>>();
  const oversized = new WeakSet<WarmWorker>();
  let isClosed = false;

  /** The worker of a slot; a new one if it has none that can take a command. */
  async function workerOf(slot: Slot): Promise<Started> {
    const present = await workers.get(slot.index);
    if (present?.ok && present.worker.isUsable) return present;
    const starting = start(slot);
    workers.set(slot.index, starting);
    return starting;
  }

  async function start({ gpu }: Slot): Promise<Started> {
    const located = await settings.locate();
    if (!located.ok) return { ok: false, failure: failure('configuration', located.why), output: '' };
    const { python, path, directory } = located.script;
    let started: WarmWorker | undefined;
    const command: Command = {
      program: [python, path, '--serve'],
      cwd: directory,
      environment: { ...settings.environment, ...(gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }) },
      stdin: 'pipe',
      memoryBytes: settings.memoryBytes,
      watchBytes: settings.warmBytes,
      onMemory: () => started !== undefined && oversized.add(started),
    };
    try {
      const worker = new WarmWorker(await settings.control.start(command), command, settings);
      started = worker;
      const problem = await worker.ready;
      if (problem === undefined) return { ok: true, worker };
      await worker.ended;
      return { ok: false, failure: problem, output: worker.output };
    } catch (error) {
      return { ok: false, failure: startFailure(error as NodeJS.ErrnoException), output: '' };
    }
  }

  /** Replaces a worker that has become old or large, or has ended, so that the next command finds one. */
  function renew(slot: Slot, worker: WarmWorker): void {
    const reason = !worker.isUsable
      ? 'ended'
      : worker.commands >= settings.warmCommands
        ? 'commands'
        : oversized.has(worker)
          ? 'memory'
          : undefined;
    if (reason === undefined || isClosed) return;
    metrics.bridgeWarmRestarts.inc({ reason });
    log.info({ reason, commands: worker.commands }, 'a warm worker is replaced');
    workers.set(
      slot.index,
      worker.stop(settings.graceMs).then(() => start(slot)),
    );
  }

  for (const slot of settings.slots) {
    const starting = start(slot);
    workers.set(slot.index, starting);
    void starting.then((started) => {
      if (!started.ok && !isClosed)
        log.warn({ reason: started.failure.reason }, `a warm worker did not start: ${started.failure.message}`);
    });
  }

  return {
    async run(call, payload, slot, signal) {
      const beganAtMs = performance.now();
      const started = await unlessAborted(workerOf(slot), signal);
      const sinceBegin = (): number => Math.round(performance.now() - beganAtMs);
      if (started === undefined) {
        const why = failure('cancelled', 'was cancelled before it started');
        return { kind: 'failed', ...why, output: '', durationMs: sinceBegin() };
      }
      if (!started.ok) {
        return { kind: 'failed', ...started.failure, output: started.output, durationMs: sinceBegin() };
      }
      const answer = await started.worker.run(call, payload, signal);
      renew(slot, started.worker);
      return outcomeOf(answer, call, sinceBegin());
    },
    async close() {
      isClosed = true;
      const present = await Promise.all([...workers.values()].map((starting) => Promise.race([starting, undefined])));
      await Promise.all(present.map((started) => started?.ok && started.worker.stop(settings.graceMs)));
    },
  };
}

function outcomeOf(answer: WorkerAnswer, call: WorkerCall, durationMs: number): WorkerOutcome {
  const { output } = answer;
  if (answer.kind === 'failed') return { kind: 'failed', ...answer.failure, output, durationMs };
  const read = readResult(answer.text, call);
  if (read.kind === 'invalid') {
    return {
      kind: 'failed',
      ...failure('invalid_result', `the result breaks the contract: ${read.why}`),
      output,
      durationMs,
    };
  }
  const { trials, run, warnings } = read;
  return { kind: 'reported', trials, run, warnings, output, durationMs };
}

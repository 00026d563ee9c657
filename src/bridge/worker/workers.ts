import type { JsonObject } from '../../events/values.ts';
import type { ContractOperation, RunReported, TrialReported } from './contract.ts';

/** One operation for a Python worker. */
export interface WorkerCall {
  readonly commandId: string;
  readonly op: ContractOperation;
  readonly modelRunId: string;
  readonly trialId?: string | undefined;
  readonly correlationId: string;
  /** The state in which the run or trial ended, for `finalize_run` and `record_trial`; empty for the other operations. */
  readonly status?: string | undefined;
  /** The number of the attempt at the trial, counted from 1: the epoch of its lease. */
  readonly attempt: number;
  /** The JSON document of the operation; see `payload.ts`. */
  readonly payload: JsonObject;
  /** Time for this attempt, start of the interpreter included, in milliseconds. */
  readonly timeoutMs: number;
  readonly traceparent?: string | undefined;
  /** Aborted: the processes of the call are killed at once, also if they have the grace of an earlier stop. */
  readonly kill?: AbortSignal | undefined;
  /** Called once, when the worker process runs (one-shot) or has the command (warm). */
  started?(): void;
  /** Answers an intermediate value of the objective: whether the worker should stop this trial (prune it). */
  report?(step: number, value: number): Promise<boolean>;
}

/** The part of a call that its result must answer. */
export type Answered = Pick<WorkerCall, 'op' | 'modelRunId' | 'trialId'>;

/** The reasons why an attempt ended without a result. */
export type FailureReason =
  /** The time of the attempt ended. */
  | 'timeout'
  /** A warm worker sent no heartbeat. */
  | 'hang'
  /** The process ended with a code or a signal, without a Python exception. */
  | 'crash'
  /** The memory limit, the kernel's out-of-memory killer, or a `MemoryError`. */
  | 'memory'
  | 'output_too_large'
  /** The process ended well and wrote no JSON object. */
  | 'no_result'
  /** The result is not complete JSON, breaks the contract, or belongs to another command. */
  | 'invalid_result'
  /** The payload breaks the contract or cannot be passed on; the worker was not started. */
  | 'invalid_payload'
  /** A Python exception. */
  | 'exception'
  | 'cancelled'
  /** The lease was not renewed in time. */
  | 'lost'
  /** The bridge is stopping. */
  | 'stopped'
  /** A path, the interpreter or the script is wrong; the message names it. */
  | 'configuration';

interface Ended {
  /** The first 16 KiB and the last 48 KiB of both output streams, in the order of arrival; well-formed, without NUL. */
  readonly output: string;
  readonly durationMs: number;
  /** The exit code of a process that ended by itself; undefined for a warm worker, which keeps running. */
  readonly returnCode?: number | undefined;
}

export interface Reported extends Ended {
  readonly kind: 'reported';
  /** Trials of the result; for `run_trial` the commanded one is among them. */
  readonly trials: readonly TrialReported[];
  /** Set for `start_run` and `finalize_run`. */
  readonly run?: RunReported | undefined;
  readonly warnings: readonly string[];
}

export interface Failed extends Ended {
  readonly kind: 'failed';
  readonly reason: FailureReason;
  /** One sentence: the cause, and what to change if it is known. */
  readonly message: string;
  /** The class of a Python exception. */
  readonly errorType?: string | undefined;
  /** At most 16,384 characters; the middle of a longer one is omitted. */
  readonly traceback?: string | undefined;
  readonly signal?: string | undefined;
  /** Whether another process asked the worker or its keeper to stop (SIGTERM, SIGINT, SIGHUP). */
  readonly interrupted?: boolean | undefined;
  /** Whether another attempt may succeed. */
  readonly retryable: boolean;
  /** Whether the host rather than the trial is the likely cause: a missing file or module, no GPU, a full disk. */
  readonly environmental: boolean;
}

export type WorkerOutcome = Reported | Failed;

/** Runs operations in Python workers, each within its bounds. */
export interface Workers {
  /** The number of calls that run at a time; further ones wait for a slot. */
  readonly slots: number;
  /** Never rejects for a cause that lies in the worker. An aborted signal stops the worker: `cancelled`. */
  run(work: WorkerCall, signal: AbortSignal): Promise<WorkerOutcome>;
  /**
   * Reports that the lease of this bridge was renewed, by a request sent at `sentAtMs` (`performance.now()`). Workers are
   * killed by their keepers once the last renewal is older than the lease minus its margin.
   */
  renewed(sentAtMs: number): void;
  /** Kills the workers that run, and resolves when no process is left. */
  close(): Promise<void>;
}

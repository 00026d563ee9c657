import type { EncodedPayload } from './payload.ts';
import type { Slot } from './slots.ts';
import type { WorkerCall, WorkerOutcome } from './workers.ts';

/** The payload of a call as text. */
export type Payload = Extract<EncodedPayload, { readonly ok: true }>;

/** One way to run calls: a process for each, or a process for many. */
export interface Runner {
  /** Runs a call in a slot. Resolves when no process of a failed attempt is left. Never rejects for a cause in the worker. */
  run(call: WorkerCall, payload: Payload, slot: Slot, signal: AbortSignal): Promise<WorkerOutcome>;
  close(): Promise<void>;
}

/** The bounds of every attempt. */
export interface RunnerLimits {
  /** Bytes of STDOUT (one-shot) or of one line (warm) beyond which a worker is killed. */
  readonly outputBytes: number;
  /** Memory of a worker and its descendants, in bytes; 0 switches the limit off. */
  readonly memoryBytes: number;
}

/** The longest timer of Node, some 24 days. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

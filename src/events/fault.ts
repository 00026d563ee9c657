import type { ErrorCode } from '../errors.ts';

/** One broken rule of one field of an event. */
export interface Fault {
  readonly code: ErrorCode;
  /** The field: names joined by dots, as in `metadata.step`; empty for the event as a whole. */
  readonly path: string;
  /** The cause and the remedy. */
  readonly message: string;
}

/** The limits of one event. Lengths are in UTF-16 units. */
export interface EventLimits {
  readonly maxIdLength: number;
  readonly maxTextLength: number;
  readonly maxMetrics: number;
  readonly maxDepth: number;
  readonly maxKeys: number;
  /** The most that a timestamp may be ahead of the time of receipt, in milliseconds. */
  readonly maxFutureMs: number;
  /** The faults reported of one event, at most; further ones are omitted. */
  readonly maxFaults: number;
}

export const EVENT_LIMITS: EventLimits = {
  maxIdLength: 255,
  maxTextLength: 65_536,
  maxMetrics: 1_000,
  maxDepth: 32,
  maxKeys: 10_000,
  maxFutureMs: 86_400_000,
  maxFaults: 50,
};

/** The faults of one event, collected up to a limit. */
export class Faults {
  readonly #max: number;
  readonly list: Fault[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** Adds a fault, once for each code and path. Returns undefined, the value of a field that cannot be read. */
  add(code: ErrorCode, path: string, message: string): undefined {
    if (this.list.length >= this.#max || this.list.some((fault) => fault.path === path && fault.code === code)) return;
    this.list.push({ code, path, message });
  }
}

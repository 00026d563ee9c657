import type { ErrorCode } from '../errors.ts';

/** What is wrong with one place of an event. */
export interface Fault {
  readonly code: ErrorCode;
  /** Where: names joined by dots, as in `metadata.step`; empty for the event as a whole. */
  readonly path: string;
  /** What is wrong there and what to change. */
  readonly message: string;
}

/** The bounds of one event. Lengths are in UTF-16 units. */
export interface EventLimits {
  readonly maxIdLength: number;
  readonly maxTextLength: number;
  readonly maxMetrics: number;
  readonly maxDepth: number;
  readonly maxKeys: number;
  /** How far ahead of the time of receipt a timestamp may be, in milliseconds. */
  readonly maxFutureMs: number;
  /** How many faults of one event are reported; the rest are left out. */
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

/** The faults found so far in one event, bounded. */
export class Faults {
  readonly #max: number;
  readonly list: Fault[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** Notes a fault, once for each code and path, and returns undefined: the value of a field that cannot be read. */
  add(code: ErrorCode, path: string, message: string): undefined {
    if (this.list.length >= this.#max || this.list.some((fault) => fault.path === path && fault.code === code)) return;
    this.list.push({ code, path, message });
  }
}

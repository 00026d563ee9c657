import { entityName } from './entity-name.ts';
import { storedText } from './stored-text.ts';

/** MLflow's limits of one log-batch call; a larger call is refused as a whole. */
export const BATCH_LIMITS = { metrics: 1_000, params: 100, tags: 100 } as const;

/** In Unicode characters; MLflow cuts longer values without a mark. */
export const MAX_PARAM_CHARACTERS = 6_000;
export const MAX_TAG_CHARACTERS = 8_000;
/** Characters of a run name; Postgres refuses longer ones. */
const MAX_RUN_NAME_CHARACTERS = 250;

declare const encoded: unique symbol;

/**
 * A metric point as MLflow reads it. If one field of a request has a form that MLflow cannot read as its type, it answers
 * 200, stores half of that entry and drops all that follow. Therefore only {@link metricOf}, {@link paramOf} and
 * {@link tagOf} make entries that the client accepts.
 */
export interface Metric {
  readonly [encoded]: 'metric';
  readonly key: string;
  readonly value: number | 'NaN' | 'Infinity' | '-Infinity';
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** Digits for an integer that JavaScript numbers do not hold exactly. */
  readonly step: number | string;
}

export interface Param {
  readonly [encoded]: 'param';
  readonly key: string;
  readonly value: string;
}

export interface Tag {
  readonly [encoded]: 'tag';
  readonly key: string;
  readonly value: string;
}

export interface MetricPoint {
  readonly name: string;
  /** MLflow stores ±Infinity as ±1.7976931348623157e308. */
  readonly value: number;
  /** Epoch milliseconds, a whole number; MLflow has no time before 1970, so earlier ones become 0. */
  readonly timestampMs: number;
  /** An integer of 64 bits. */
  readonly step: number | bigint;
}

/** The entry of one metric point. Throws a RangeError for a step or a time that is no integer, which no event contains. */
export const metricOf = ({ name, value, timestampMs, step }: MetricPoint): Metric =>
  ({
    key: entityName(name),
    value: metricValue(value),
    timestamp: epochMs(timestampMs),
    step: wholeNumber(step),
  }) as Metric;

/** The entry of one param; its value is cut at {@link MAX_PARAM_CHARACTERS}. */
export const paramOf = (name: string, value: string): Param =>
  ({ key: entityName(name), value: storedText(value, MAX_PARAM_CHARACTERS) }) as Param;

/** The entry of one tag; its value is cut at {@link MAX_TAG_CHARACTERS}. */
export const tagOf = (name: string, value: string): Tag =>
  ({ key: entityName(name), value: storedText(value, MAX_TAG_CHARACTERS) }) as Tag;

/** Keeps the name of a metric, param or tag that MLflow stores under another key; undefined if it stores the name itself. */
export function nameTag(name: string): Tag | undefined {
  const key = entityName(name);
  return key === name ? undefined : tagOf(`thunderline.name.${key}`, name);
}

/** The name of a run, which may be any text; cut at 250 characters. */
export const runName = (name: string): string => storedText(name, MAX_RUN_NAME_CHARACTERS, () => '…');

/** The only forms of a double that MLflow reads; JSON has none for these three. */
const metricValue = (value: number): Metric['value'] =>
  Number.isFinite(value) ? value : (String(value) as 'NaN' | 'Infinity' | '-Infinity');

/** A time that MLflow accepts: not before 1970. Throws a RangeError for a fraction. */
export function epochMs(timestampMs: number): number {
  if (Number.isSafeInteger(timestampMs)) return Math.max(0, timestampMs);
  throw new RangeError(`${timestampMs} is not a time in whole milliseconds`);
}

const MIN_STEP = -(2n ** 63n);
const MAX_STEP = 2n ** 63n - 1n;

function wholeNumber(step: number | bigint): number | string {
  if (typeof step === 'number' && Number.isSafeInteger(step)) return step;
  if (typeof step === 'bigint' && step >= MIN_STEP && step <= MAX_STEP) return step.toString();
  throw new RangeError(`${step} is not an integer of 64 bits that is held exactly`);
}

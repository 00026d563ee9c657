import type { MlEvent } from '../events/event.ts';
import type { Fault } from '../events/fault.ts';
import type { SeenNames } from './seen-names.ts';
import { type Rate, TokenBucket } from './token-bucket.ts';

/** How many names that were not seen before one key may introduce; an absent limit is off. */
export interface NameLimits {
  /** Trials, and runs with events of their own. */
  readonly trials?: Rate;
  /** Names of metrics. */
  readonly metrics?: Rate;
}

/** New names that a key has introduced. */
export interface NewNames {
  readonly trials: number;
  readonly metrics: number;
  /** The seed of {@link SeenNames}. */
  readonly fingerprints: readonly number[];
}

const HOUR_S = 3_600;
/** Names of metrics that one key keeps as text. */
const MAX_KNOWN = 1_000;

/**
 * Bounds the names that one key introduces: a name in a metric that contains a step, or a trial id that contains a
 * time, would otherwise fill tables and indexes that are never emptied. A name that is known costs nothing, so a fleet
 * within its limit never notices; events with new names beyond the limit are rejected one by one, and events with known
 * names are still accepted.
 */
export class NameQuota {
  readonly #owner: number;
  readonly #trials: TokenBucket | undefined;
  readonly #metrics: TokenBucket | undefined;
  readonly #seen: SeenNames;
  /** Names of metrics that were seen, as text: the few that a training loop repeats are found faster than by fingerprint. */
  readonly #known = new Set<string>();
  readonly #now: () => number;
  readonly #onNew: (names: NewNames) => void;

  constructor(keyId: string, limits: NameLimits, seen: SeenNames, now: () => number, onNew: (names: NewNames) => void) {
    this.#owner = seen.fingerprint(keyId);
    this.#trials = limits.trials && new TokenBucket(limits.trials, now());
    this.#metrics = limits.metrics && new TokenBucket(limits.metrics, now());
    this.#seen = seen;
    this.#now = now;
    this.#onNew = onNew;
  }

  /** Accepts the names of an event, or returns its fault: it has a new name, and the limit of its kind is used up. */
  faultOf(event: MlEvent): Fault | undefined {
    const trial = this.#trials && this.#newTrial(event);
    const metrics = this.#metrics ? this.#newMetrics(valuesOf(event)) : NONE;
    if (trial === undefined && metrics.length === 0) return undefined;
    const at = this.#now();
    if (trial !== undefined && this.#trials && this.#trials.waitMs(1, at) > 0) {
      return faultOfName('trials', event.trial_id === null ? 'model_run_id' : 'trial_id', this.#trials);
    }
    if (metrics.length > 0 && this.#metrics && this.#metrics.waitMs(metrics.length, at) > 0) {
      return faultOfName('metric names', event.event === 'ml.run.metric' ? 'measurements' : 'metrics', this.#metrics);
    }
    const names = {
      trials: trial === undefined ? 0 : 1,
      metrics: metrics.length,
      fingerprints: trial === undefined ? metrics : [trial, ...metrics],
    };
    this.take(names);
    this.#onNew(names);
    return undefined;
  }

  /** Takes names from the quota that this process, or another one of the same gateway, has accepted. */
  take({ trials, metrics, fingerprints }: NewNames): void {
    const at = this.#now();
    if (trials > 0) this.#trials?.take(trials, at);
    if (metrics > 0) this.#metrics?.take(metrics, at);
    for (const fingerprint of fingerprints) this.#seen.add(fingerprint);
  }

  #newTrial(event: MlEvent): number | undefined {
    const run = this.#seen.fingerprint(event.model_run_id, this.#owner);
    const fingerprint = event.trial_id === null ? run : this.#seen.fingerprint(event.trial_id, run);
    return this.#seen.has(fingerprint) ? undefined : fingerprint;
  }

  #rememberMetric(name: string): void {
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.add(name);
  }

  #newMetrics(values: MetricValues): readonly number[] {
    const fresh: number[] = [];
    for (const name in values) {
      if (this.#known.has(name)) continue;
      // A different owner than that of trials, so that a metric and a trial of the same name have different
      // fingerprints.
      const fingerprint = this.#seen.fingerprint(name, ~this.#owner);
      if (this.#seen.has(fingerprint)) this.#rememberMetric(name);
      else fresh.push(fingerprint);
    }
    return fresh;
  }
}

type MetricValues = Readonly<Record<string, number>> | null;

/** The metrics of an event by name: points of a metric event, final metrics of any other. */
function valuesOf(event: MlEvent): MetricValues {
  if (event.event === 'ml.run.metric') return event.measurements;
  return 'metrics' in event ? event.metrics : null;
}

const NONE: readonly number[] = [];

const faultOfName = (kind: string, path: string, { rate }: TokenBucket): Fault => ({
  code: 'too_many_new_names',
  path,
  message:
    `this API key has introduced more new ${kind} than its limit of ${Math.round(rate.perSecond * HOUR_S)} an hour; ` +
    'put what varies into step, parameters or metadata',
});

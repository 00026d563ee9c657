import type { Group } from '../events/merge.ts';
import type { AsOf, ExactNumber, ParameterValue } from './shapes.ts';

/**
 * The course of a metric over the trials of one group, as columns of equal length. The value of a trial in a bucket is its last
 * finite one there; mean and quartiles are over these, `min` and `max` over every finite point of the bucket.
 */
export interface GroupCurve {
  readonly group: readonly ParameterValue[];
  /** Trials of the group that have points of the metric, of those that were read. */
  readonly trials: number;
  /** Points that are NaN or infinite, which count in no column. */
  readonly nonfinite: number;
  /** The first step of each bucket that has a value. */
  readonly step: readonly ExactNumber[];
  /** Trials with a value in the bucket; the number falls where trials have ended. */
  readonly n: readonly number[];
  readonly mean: readonly number[];
  readonly min: readonly number[];
  readonly q1: readonly number[];
  readonly median: readonly number[];
  readonly q3: readonly number[];
  readonly max: readonly number[];
}

/** `GET /api/curves` */
export interface Curves extends AsOf {
  readonly metric: string;
  readonly group_by: readonly string[];
  /** All trials that match. */
  readonly trials: number;
  /** Those whose points were read: all of them, or the sample that `trials_most` allows, which is the same each time. */
  readonly trials_read: number;
  /** `rolled_up` if at least one trial was read from roll-ups; `trials_rolled_up` of them were. */
  readonly resolution: 'exact' | 'rolled_up';
  readonly source: 'table' | 'rollups' | 'both';
  readonly trials_rolled_up: number;
  readonly bucket_steps: ExactNumber;
  /** In the order of their values, at most 20: those with the most trials. */
  readonly curves: readonly GroupCurve[];
  readonly groups_left_out: number;
}

/** `GET /api/adoption`: trials by the time of their start, as columns of equal length. */
export interface Adoption extends AsOf {
  /** All trials that match. */
  readonly trials: number;
  /** Those without a start, which are in no column. */
  readonly not_started: number;
  /** Width of an interval in milliseconds; intervals begin at multiples of it since 1970 in UTC. */
  readonly width_ms: number;
  /** The beginning of each interval with a start, in epoch milliseconds. */
  readonly start_ms: readonly number[];
  /** Trials with and without spectral norm that started in it; unknown counts as without. */
  readonly with: readonly number[];
  readonly without: readonly number[];
}

/** An event or command whose values a trial has. */
export interface TrialEvent {
  readonly event_id: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly attempt: number;
  /** The parts of the trial that it set, such as `outcome`, `hyperparams` or `metrics`. */
  readonly set: readonly Group[];
}

/** `GET /api/runs/{run}/trials/{trial}/events` */
export interface TrialEvents extends AsOf {
  readonly model_run_id: string;
  readonly trial_id: string;
  /** In the order of their time. */
  readonly events: readonly TrialEvent[];
}

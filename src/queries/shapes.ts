import type { Status } from '../events/merge.ts';
import type { Summary } from '../statistics/summarise.ts';
import type { OpenCommands } from '../store/queries/open-commands.ts';
import type { RecentPoints } from './recent-points.ts';

/**
 * The JSON of every answer about runs and trials, for the pages and other clients. `schemas.ts` describes the same for
 * `/openapi.json`, and a test holds each answer against it.
 *
 * Times are ISO 8601 in UTC with milliseconds. `null` is a value that no event has set.
 */

/** A double. JSON has no number for the three texts. */
export type MetricValue = number | 'NaN' | 'Infinity' | '-Infinity';

/** A step or another integer: text if a JSON number would lose digits, which it does beyond 2^53 - 1. */
export type ExactNumber = number | string;

/** The value of one parameter. An integer beyond 2^53 - 1 is text; arrays and empty objects are JSON text. */
export type ParameterValue = number | string | boolean | null;

/** A member of every answer. */
export interface AsOf {
  /**
   * The offsets up to which the tables have the topics, at least. `/api/live?last_event_id=` continues from it without a gap. Null
   * while Kafka has not answered yet. The header `thunderline-as-of` has it too.
   */
  readonly as_of: string | null;
}

export type TrialCounts = Readonly<Record<Status, number>> & { readonly total: number };

export interface RunSummary {
  readonly model_run_id: string;
  readonly status: Status;
  readonly spectral_norm: boolean;
  readonly mlflow_run_id: string | null;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly duration_ms: number | null;
  readonly error_type: string | null;
  readonly error_message: string | null;
  readonly trials: TrialCounts;
}

/** `GET /api/runs`: the newest start first. */
export interface RunList extends AsOf {
  readonly runs: readonly RunSummary[];
  /** For the parameter `cursor` of the next page; null on the last. */
  readonly next_cursor: string | null;
}

interface Documents {
  readonly artifact_uri: string | null;
  /** Free-form JSON; integers beyond 2^53 - 1 are text. */
  readonly hyperparams: object | null;
  readonly parameters: object | null;
  readonly metadata: object | null;
  /** Final metrics by name. */
  readonly metrics: Readonly<Record<string, MetricValue>> | null;
  /** Names of the metrics that have points. */
  readonly metric_names: readonly string[];
}

interface Commanded {
  readonly commands: OpenCommands;
}

/** `GET /api/runs/{run}` */
export interface RunDetail extends AsOf {
  readonly run: RunSummary & Documents & Commanded;
}

export interface TrialSummary {
  readonly model_run_id: string;
  readonly trial_id: string;
  readonly status: Status;
  readonly attempt: number;
  readonly spectral_norm: boolean;
  /** The MLflow run that the events of the trial name. */
  readonly mlflow_run_id: string | null;
  /**
   * The page of the trial's run in MLflow, created by the mirror or by the training code. While the mirror creates the run it is that
   * of the experiment, filtered by the tag `trial_id`; null while there is neither.
   */
  readonly mlflow_url: string | null;
  readonly rank: number | null;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly duration_ms: number | null;
  readonly error_type: string | null;
  readonly error_message: string | null;
}

export interface TrialListItem extends TrialSummary {
  /** The parameters and final metrics that `column` or `sort` name and the trial has. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly metrics: Readonly<Record<string, MetricValue>>;
  readonly recent?: RecentPoints | null;
}

/** `GET /api/trials` */
export interface TrialList extends AsOf {
  readonly trials: readonly TrialListItem[];
  /** Number of all trials that match, on the first page; null on later ones. */
  readonly total: number | null;
  readonly next_cursor: string | null;
}

/** `GET /api/runs/{run}/trials/{trial}` */
export interface TrialDetail extends AsOf {
  readonly trial: TrialSummary & Documents & Commanded;
}

/**
 * One series, as columns of equal length, in the order of steps. An entry is a bucket of `bucket_steps` steps that has at
 * least one finite point; buckets start at multiples of `bucket_steps`, so they stay where they are while points arrive.
 */
/** Where the points of an answer come from, and whether each of them counts by itself. */
export interface Resolution {
  readonly resolution: 'exact' | 'rolled_up';
  /** The table of points, or, for points older than METRICS_RAW_DAYS, their roll-ups or their files. */
  readonly source: 'table' | 'rollups' | 'files';
}

export interface ShownSeries extends Resolution {
  /** Null for the points of the run itself. */
  readonly trial_id: string | null;
  readonly name: string;
  /** Points between `from` and `to` of the latest attempt. */
  readonly total: number;
  /** Entries of each column. */
  readonly shown: number;
  /** Points that are NaN or infinite. No bucket contains them. */
  readonly nonfinite: number;
  /** The first of them, for marks in a chart; none of a rolled-up series. */
  readonly nonfinite_at: readonly { readonly step: ExactNumber; readonly value: MetricValue }[];
  /** The first step of the least and of the greatest finite value; null without one. */
  readonly min_step: ExactNumber | null;
  readonly max_step: ExactNumber | null;
  readonly bucket_steps: ExactNumber;
  /** The step, time (epoch milliseconds) and value of the last finite point of each bucket. */
  readonly step: readonly ExactNumber[];
  readonly time_ms: readonly number[];
  readonly last: readonly number[];
  /** The least and greatest finite value of each bucket; null if every bucket has one point, which is in `last`. */
  readonly min: readonly number[] | null;
  readonly max: readonly number[] | null;
}

/** `GET /api/runs/{run}/metrics` and `GET /api/runs/{run}/trials/{trial}/metrics` */
export interface SeriesList extends AsOf {
  readonly model_run_id: string;
  /** One for each trial and name of the request, also for those without points. */
  readonly series: readonly ShownSeries[];
}

/** `GET /api/mlflow/runs/{mlflow_run_id}` */
export interface MlflowRun extends AsOf {
  readonly mlflow_run_id: string;
  readonly model_run_id: string;
  /** Null if the MLflow run is that of the run itself. */
  readonly trial_id: string | null;
  readonly experiment_id: string | null;
}

/** One group of a comparison. Figures are of the finite values; one that they are too few for, or beyond a double, is null. */
export interface ComparedGroup extends Summary {
  /** The value of each member of `group_by`; null for trials without that parameter. */
  readonly group: readonly ParameterValue[];
  /** Trials of the group: `n` and those of `left_out`. */
  readonly trials: number;
  readonly best: { readonly model_run_id: string; readonly trial_id: string; readonly value: number } | null;
  /** Trials that `n` does not count, by reason. */
  readonly left_out: { readonly no_value: number; readonly nan: number; readonly infinite: number };
}

/** The second group against the first, or the reason why they cannot be compared. */
export type MetricTest =
  | {
      readonly reason: null;
      /** The mean of the second group less that of the first, with its 95 % interval. */
      readonly difference: number;
      readonly ci95: readonly [number, number];
      /** Welch's t-test, two-sided. */
      readonly t: number;
      readonly df: number;
      readonly p: number;
      /** `p` adjusted by Holm over all metrics of the answer. */
      readonly p_holm: number;
      readonly hedges_g: number;
      readonly hedges_g_ci95: readonly [number, number];
    }
  | { readonly reason: 'too_few' | 'no_variance' | 'out_of_range' };

export interface MetricComparison {
  readonly metric: string;
  /** In the order of their values, at most 200: those with the most trials. */
  readonly groups: readonly ComparedGroup[];
  readonly groups_left_out: number;
  /** Null unless there are two groups. */
  readonly test: MetricTest | null;
}

/** `GET /api/compare` */
export interface Comparison extends AsOf {
  readonly group_by: readonly string[];
  readonly best: 'max' | 'min';
  /** All trials that match. Every one of them is in a group; none is sampled. */
  readonly trials: number;
  /** Final metrics are kept apart from points, and never rolled up. */
  readonly resolution: 'exact';
  readonly source: 'final_metrics';
  readonly metrics: readonly MetricComparison[];
}

export interface ParameterFacet {
  readonly name: string;
  /** Trials of the run that have it. */
  readonly trials: number;
  readonly numbers: number;
  /** The range of the numbers; null if there is none. */
  readonly min: number | null;
  readonly max: number | null;
  readonly distinct: number;
  /** Every value, the most frequent first; null if there are more than 50. */
  readonly values: readonly { readonly value: ParameterValue; readonly trials: number }[] | null;
}

export interface MetricFacet {
  readonly name: string;
  /** Trials of the run that have it. */
  readonly trials: number;
  /** Trials whose value is NaN or infinite; the range does not contain them. */
  readonly nonfinite: number;
  readonly min: number | null;
  readonly max: number | null;
}

/** `GET /api/runs/{run}/facets`: what the trials of a run, and of the further runs of the request, can be filtered, sorted and grouped by. */
export interface Facets extends AsOf {
  readonly model_run_id: string;
  readonly trials: TrialCounts;
  readonly spectral_norm: { readonly with: number; readonly without: number };
  readonly parameters: readonly ParameterFacet[];
  /** Final metrics. */
  readonly metrics: readonly MetricFacet[];
  /** Names of the metrics that have points. */
  readonly metric_names: readonly string[];
}

/*
 * The frames of `GET /api/live`, as server-sent events: `event:` is a member of {@link LiveFrames}, `data:` its JSON. Pages,
 * `thunderline tail` and the description of the API use these types, so nothing here needs Node.
 *
 *   hello      first, once per connection
 *   data       events and points, up to 20 a second
 *   position   nothing new for this filter; the id advances nevertheless
 *   gap        points that this client was too slow for
 *   reset      the client cannot continue from its id: what it has may have holes
 *   bye        the server ends the connection; the field `retry` has the milliseconds to wait
 *
 * `id:` of a frame is the position after it. A connection with that id, to any process, continues there.
 */

/** A double. JSON has neither NaN nor infinities, so these are text. */
export type LiveNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/**
 * One record of points: its step, its time (epoch milliseconds), the id of its event, the attempt at the trial, and the
 * values by the names of the metrics. The identity of a point is run, trial, name, step and event id.
 */
export type LivePoint<Step = number> = readonly [
  step: Step,
  time: number,
  event_id: string,
  attempt: number,
  values: Readonly<Record<string, LiveNumber>>,
];

/** The points of one trial, or of the run itself where `trial_id` is null. */
export interface LivePoints {
  readonly model_run_id: string;
  readonly trial_id: string | null;
  /** In the order of their arrival. */
  readonly points: readonly LivePoint[];
}

/** An event that is not a point: the start or end of a run or trial, a stored artifact, or a command. */
export interface LiveEvent {
  /** `ml.run.start`, `ml.run.stop`, `ml.trial.start`, `ml.trial.complete`, `ml.trial.failed`, `artifact` or `command`. */
  readonly event: string;
  /** The id of the event; of a command, the id of the command. */
  readonly event_id: string;
  readonly model_run_id: string;
  /** Null for an event about the whole run. */
  readonly trial_id: string | null;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** The number of the attempt at the trial; 0 if it is not known. */
  readonly attempt: number;
  /** Names of fields that were left out because they are long. The trial's own address has them. */
  readonly omitted?: readonly string[];
  /** The other fields of the event that are not null, such as `state`, `metrics`, `parameters` or `operation`. */
  readonly [field: string]: unknown;
}

export interface HelloFrame {
  /** Data frames a second, at most. */
  readonly hz: number;
  /** True if the connection continues from the position of the client. */
  readonly resumed: boolean;
  /** A client may resume a position that is not older than this. */
  readonly window_seconds: number;
}

export interface DataFrame {
  readonly events?: readonly LiveEvent[];
  readonly points?: readonly LivePoints[];
}

/** A series with points that were skipped. They are in the tables: read them from the step on. */
export interface SkippedSeries {
  readonly model_run_id: string;
  readonly trial_id: string | null;
  readonly name: string;
  /** The least step that was skipped. */
  readonly from_step: number;
  /** Number of points that were skipped. */
  readonly points: number;
}

export interface GapFrame {
  readonly series: readonly SkippedSeries[];
  /** True if more was skipped than `series` lists: read every series again. */
  readonly more: boolean;
}

/** The closed list of reasons for a reset. */
export const RESET_REASONS = {
  expired: 'the position is older than the records that the feed holds; `held_since` is the time of the oldest of them',
  topics_changed: 'a topic was created again, or got more partitions: the position has lost its meaning',
  unknown_position: 'the position is after the end of a topic, so it is of another system',
  malformed: 'the text is no position',
  records_lost: 'Kafka has deleted records before this process read them',
} as const;

export type ResetReason = keyof typeof RESET_REASONS;

/** Read what you show again. Points and events after the id of this frame follow. */
export interface ResetFrame {
  readonly reason: ResetReason;
  readonly detail: string;
  /** Epoch milliseconds. */
  readonly held_since?: number;
}

/** The closed list of reasons for the end of a connection. */
export const BYE_REASONS = {
  stopping: 'the process stops; continue from the id, at this address or another',
  refused: 'the key or session was revoked, has expired, or lost its scope',
} as const;

export type ByeReason = keyof typeof BYE_REASONS;

export interface ByeFrame {
  readonly reason: ByeReason;
}

/** The frames by the name of their event. */
export interface LiveFrames {
  readonly hello: HelloFrame;
  readonly data: DataFrame;
  readonly position: Readonly<Record<string, never>>;
  readonly gap: GapFrame;
  readonly reset: ResetFrame;
  readonly bye: ByeFrame;
}

export type LiveFrameName = keyof LiveFrames;

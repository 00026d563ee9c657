/** Whether an experiment or a run is shown, or was deleted by a person or by this program. */
export type LifecycleStage = 'active' | 'deleted';

/** An experiment, as MLflow answers it. */
export interface StoredExperiment {
  readonly experimentId: string;
  readonly name: string;
  readonly lifecycleStage: LifecycleStage;
  readonly artifactLocation: string;
  /** When it was created, epoch milliseconds; undefined if the server does not state it. */
  readonly madeAtMs: number | undefined;
  readonly tags: ReadonlyMap<string, string>;
}

/** A run, as MLflow answers it. */
export interface StoredRun {
  readonly runId: string;
  readonly experimentId: string;
  readonly name: string;
  readonly userId: string;
  /** One of `RUN_STATUSES`, unless a newer MLflow has more. */
  readonly status: string;
  /** Epoch milliseconds; undefined where MLflow has none or 0. */
  readonly startTimeMs: number | undefined;
  readonly endTimeMs: number | undefined;
  readonly artifactUri: string;
  readonly lifecycleStage: LifecycleStage;
  /** The latest point of each metric, by name. */
  readonly latest: ReadonlyMap<string, StoredPoint>;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
}

/** A metric point, as MLflow answers it. */
export interface StoredPoint {
  /** ±1.7976931348623157e308 stands for ±Infinity. */
  readonly value: number;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  /** Not exact beyond 2^53. */
  readonly step: number;
}

/** A file or a folder among the artifacts of a run. */
export interface StoredArtifact {
  /** Below the root of the run's artifacts. */
  readonly path: string;
  readonly isFolder: boolean;
  /** The size of a file; undefined for a folder. */
  readonly bytes: number | undefined;
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Asks for the next page; undefined on the last. */
  readonly nextPageToken: string | undefined;
}

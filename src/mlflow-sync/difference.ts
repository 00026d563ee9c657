/** One difference between MLflow and Postgres. */
export interface Difference {
  readonly modelRunId: string;
  readonly trialId: string | null;
  /** The MLflow run; undefined if there is none. */
  readonly runId: string | undefined;
  readonly what: string;
  readonly postgres: string;
  readonly mlflow: string;
  /**
   * Whether a write can remove the difference: MLflow keeps its points and the first value of each param permanently.
   */
  readonly canRepair: boolean;
}

/** A difference without its place. */
export type Found = Pick<Difference, 'what' | 'postgres' | 'mlflow' | 'canRepair'>;

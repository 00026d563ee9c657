/** One thing that MLflow and Postgres do not have in common. */
export interface Difference {
  readonly modelRunId: string;
  readonly trialId: string | null;
  /** The MLflow run; undefined if there is none. */
  readonly runId: string | undefined;
  readonly what: string;
  readonly postgres: string;
  readonly mlflow: string;
  /** Whether a write can remove the difference: MLflow keeps its points and the first value of each param for ever. */
  readonly canMend: boolean;
}

/** A difference without its place. */
export type Found = Pick<Difference, 'what' | 'postgres' | 'mlflow' | 'canMend'>;

// Generated from schemas/*.avsc by `npm run generate`; a test proves it fresh.

/** A record that could not be processed: its original bytes and where, when and why it failed. */
export interface DeadLetter {
  /** Topic it was read from. */
  readonly topic: string;
  /** Partition it was read from. */
  readonly partition: number;
  /** Offset it was read at. */
  readonly offset: number;
  /** Timestamp of the original record. */
  readonly timestamp: number;
  /** Original key. */
  readonly key: Buffer | null;
  /** Original value, byte for byte; null is a tombstone. */
  readonly value: Buffer | null;
  /** Original headers, in order, repeated names included. */
  readonly headers: readonly ({ readonly key: string; readonly value: Buffer | null })[];
  /** The stage or sink that gave it up. */
  readonly stage: string;
  /** Code of the cause: see docs/errors.md. */
  readonly reason: string;
  /** The cause in words. */
  readonly message: string;
  /** When it was given up. */
  readonly failed_at: number;
  /** How often it has been replayed from here already. */
  readonly replays: number;
}

/** ml.run.metric: values of one or more metrics at a step. */
export interface RunMetric {
  /** Identity of the event: one row per event_id, whatever is re-sent. */
  readonly event_id: string;
  /** When it happened, by the sender's clock; the time of receipt where the sender gave none. */
  readonly timestamp: number;
  /** When the gateway accepted it. */
  readonly received_at: number;
  /** The study; 'unassigned' where the sender named none. */
  readonly model_run_id: string;
  /** The trial; null for an event about the whole run. */
  readonly trial_id: string | null;
  /** The MLflow run the training code logs to itself. */
  readonly mlflow_run_id: string | null;
  /** Whether layers are spectrally normalised; null is unknown, shown and stored as false. */
  readonly spectral_norm: boolean | null;
  /** Who emitted it. */
  readonly source: string | null;
  /** Ties events of one operation together; enriched to the trial key where absent. */
  readonly correlation_id: string | null;
  /** Free-form JSON object as received, with the fields of the event that have no column of their own. */
  readonly metadata: string | null;
  /** Step or epoch, >= 0; 0 where the sender gave none. */
  readonly step: number;
  /** Metric values by name, at least one; NaN and infinities included. */
  readonly measurements: Readonly<Record<string, number>>;
  /** Enrichment: high for lifecycle, normal for metric points. */
  readonly priority: 'high' | 'normal' | null;
  /** Enrichment: the pipeline hint, realtime for metric points, default for the rest. */
  readonly pipeline: string | null;
  /** Enrichment: the prefix of the event's name, ml.run or ml.trial. */
  readonly category: string | null;
  /** Enrichment: spectral_norm or none. */
  readonly constraint_method: 'spectral_norm' | 'none' | null;
  /** Enrichment: version of the list of events. */
  readonly taxonomy_version: number | null;
  /** Enrichment: version of this event's fields. */
  readonly event_version: number | null;
}

/** ml.run.start: training of a run or, with trial_id, of a trial began. */
export interface RunStart {
  /** Identity of the event: one row per event_id, whatever is re-sent. */
  readonly event_id: string;
  /** When it happened, by the sender's clock; the time of receipt where the sender gave none. */
  readonly timestamp: number;
  /** When the gateway accepted it. */
  readonly received_at: number;
  /** The study; 'unassigned' where the sender named none. */
  readonly model_run_id: string;
  /** The trial; null for an event about the whole run. */
  readonly trial_id: string | null;
  /** The MLflow run the training code logs to itself. */
  readonly mlflow_run_id: string | null;
  /** Whether layers are spectrally normalised; null is unknown, shown and stored as false. */
  readonly spectral_norm: boolean | null;
  /** Who emitted it. */
  readonly source: string | null;
  /** Ties events of one operation together; enriched to the trial key where absent. */
  readonly correlation_id: string | null;
  /** Free-form JSON object as received, with the fields of the event that have no column of their own. */
  readonly metadata: string | null;
  /** Free-form JSON object: what the search chose. */
  readonly hyperparams: string | null;
  /** Free-form JSON object: what the trial ran with. */
  readonly parameters: string | null;
  /** Enrichment: high for lifecycle, normal for metric points. */
  readonly priority: 'high' | 'normal' | null;
  /** Enrichment: the pipeline hint, realtime for metric points, default for the rest. */
  readonly pipeline: string | null;
  /** Enrichment: the prefix of the event's name, ml.run or ml.trial. */
  readonly category: string | null;
  /** Enrichment: spectral_norm or none. */
  readonly constraint_method: 'spectral_norm' | 'none' | null;
  /** Enrichment: version of the list of events. */
  readonly taxonomy_version: number | null;
  /** Enrichment: version of this event's fields. */
  readonly event_version: number | null;
}

/** ml.run.stop: training of a run or, with trial_id, of a trial ended. */
export interface RunStop {
  /** Identity of the event: one row per event_id, whatever is re-sent. */
  readonly event_id: string;
  /** When it happened, by the sender's clock; the time of receipt where the sender gave none. */
  readonly timestamp: number;
  /** When the gateway accepted it. */
  readonly received_at: number;
  /** The study; 'unassigned' where the sender named none. */
  readonly model_run_id: string;
  /** The trial; null for an event about the whole run. */
  readonly trial_id: string | null;
  /** The MLflow run the training code logs to itself. */
  readonly mlflow_run_id: string | null;
  /** Whether layers are spectrally normalised; null is unknown, shown and stored as false. */
  readonly spectral_norm: boolean | null;
  /** Who emitted it. */
  readonly source: string | null;
  /** Ties events of one operation together; enriched to the trial key where absent. */
  readonly correlation_id: string | null;
  /** Free-form JSON object as received, with the fields of the event that have no column of their own. */
  readonly metadata: string | null;
  /** How it ended. */
  readonly state: 'completed' | 'failed' | 'cancelled';
  /** How long it took, in milliseconds, >= 0. */
  readonly duration_ms: number | null;
  /** Final metrics by name; NaN and infinities included. */
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Free-form JSON object: what the search chose. */
  readonly hyperparams: string | null;
  /** Free-form JSON object: what the trial ran with. */
  readonly parameters: string | null;
  /** Where the model was saved. */
  readonly artifact_uri: string | null;
  /** The kind of failure; 'pruned' is an Optuna pruned trial. */
  readonly error_type: string | null;
  /** What went wrong. */
  readonly error_message: string | null;
  /** Enrichment: high for lifecycle, normal for metric points. */
  readonly priority: 'high' | 'normal' | null;
  /** Enrichment: the pipeline hint, realtime for metric points, default for the rest. */
  readonly pipeline: string | null;
  /** Enrichment: the prefix of the event's name, ml.run or ml.trial. */
  readonly category: string | null;
  /** Enrichment: spectral_norm or none. */
  readonly constraint_method: 'spectral_norm' | 'none' | null;
  /** Enrichment: version of the list of events. */
  readonly taxonomy_version: number | null;
  /** Enrichment: version of this event's fields. */
  readonly event_version: number | null;
}

/** A command to Python workers: start a study, run a trial, or cancel either. */
export interface TrialCommand {
  /** Identity of the command; a command re-sent with the same id is the same command. */
  readonly command_id: string;
  /** What to do. */
  readonly operation: 'start_run' | 'run_trial' | 'cancel_run' | 'cancel_trial';
  /** When it was asked for. */
  readonly requested_at: number;
  /** The study. */
  readonly model_run_id: string;
  /** The trial; null where the command is about the whole run. */
  readonly trial_id: string | null;
  /** Whether the trial is to normalise its layers; null leaves it to the search. */
  readonly spectral_norm: boolean | null;
  /** Free-form JSON object: what the trial is to run with. */
  readonly hyperparams: string | null;
  /** Free-form JSON object handed to the worker as it is. */
  readonly payload: string | null;
  /** Time allowed for one attempt, in milliseconds; null is the bridge's default. */
  readonly timeout_ms: number | null;
  /** Ties the command to the events it causes. */
  readonly correlation_id: string | null;
}

/** ml.trial.complete: a trial finished with a result. */
export interface TrialComplete {
  /** Identity of the event: one row per event_id, whatever is re-sent. */
  readonly event_id: string;
  /** When it happened, by the sender's clock; the time of receipt where the sender gave none. */
  readonly timestamp: number;
  /** When the gateway accepted it. */
  readonly received_at: number;
  /** The study; 'unassigned' where the sender named none. */
  readonly model_run_id: string;
  /** The trial; null for an event about the whole run. */
  readonly trial_id: string | null;
  /** The MLflow run the training code logs to itself. */
  readonly mlflow_run_id: string | null;
  /** Whether layers are spectrally normalised; null is unknown, shown and stored as false. */
  readonly spectral_norm: boolean | null;
  /** Who emitted it. */
  readonly source: string | null;
  /** Ties events of one operation together; enriched to the trial key where absent. */
  readonly correlation_id: string | null;
  /** Free-form JSON object as received, with the fields of the event that have no column of their own. */
  readonly metadata: string | null;
  /** Final metrics by name; NaN and infinities included. */
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Free-form JSON object: what the search chose. */
  readonly hyperparams: string | null;
  /** Free-form JSON object: what the trial ran with. */
  readonly parameters: string | null;
  /** Where the model was saved. */
  readonly artifact_uri: string | null;
  /** How long it took, in milliseconds, >= 0. */
  readonly duration_ms: number | null;
  /** Rank among the trials of the study, >= 1. */
  readonly rank: number | null;
  /** Enrichment: high for lifecycle, normal for metric points. */
  readonly priority: 'high' | 'normal' | null;
  /** Enrichment: the pipeline hint, realtime for metric points, default for the rest. */
  readonly pipeline: string | null;
  /** Enrichment: the prefix of the event's name, ml.run or ml.trial. */
  readonly category: string | null;
  /** Enrichment: spectral_norm or none. */
  readonly constraint_method: 'spectral_norm' | 'none' | null;
  /** Enrichment: version of the list of events. */
  readonly taxonomy_version: number | null;
  /** Enrichment: version of this event's fields. */
  readonly event_version: number | null;
}

/** ml.trial.failed: a trial ended without a result; pruned trials are of error_type 'pruned'. */
export interface TrialFailed {
  /** Identity of the event: one row per event_id, whatever is re-sent. */
  readonly event_id: string;
  /** When it happened, by the sender's clock; the time of receipt where the sender gave none. */
  readonly timestamp: number;
  /** When the gateway accepted it. */
  readonly received_at: number;
  /** The study; 'unassigned' where the sender named none. */
  readonly model_run_id: string;
  /** The trial; null for an event about the whole run. */
  readonly trial_id: string | null;
  /** The MLflow run the training code logs to itself. */
  readonly mlflow_run_id: string | null;
  /** Whether layers are spectrally normalised; null is unknown, shown and stored as false. */
  readonly spectral_norm: boolean | null;
  /** Who emitted it. */
  readonly source: string | null;
  /** Ties events of one operation together; enriched to the trial key where absent. */
  readonly correlation_id: string | null;
  /** Free-form JSON object as received, with the fields of the event that have no column of their own. */
  readonly metadata: string | null;
  /** The kind of failure; 'pruned' is an Optuna pruned trial. */
  readonly error_type: string | null;
  /** What went wrong. */
  readonly error_message: string | null;
  /** How long it took, in milliseconds, >= 0. */
  readonly duration_ms: number | null;
  /** Final metrics by name; NaN and infinities included. */
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Free-form JSON object: what the search chose. */
  readonly hyperparams: string | null;
  /** Free-form JSON object: what the trial ran with. */
  readonly parameters: string | null;
  /** Enrichment: high for lifecycle, normal for metric points. */
  readonly priority: 'high' | 'normal' | null;
  /** Enrichment: the pipeline hint, realtime for metric points, default for the rest. */
  readonly pipeline: string | null;
  /** Enrichment: the prefix of the event's name, ml.run or ml.trial. */
  readonly category: string | null;
  /** Enrichment: spectral_norm or none. */
  readonly constraint_method: 'spectral_norm' | 'none' | null;
  /** Enrichment: version of the list of events. */
  readonly taxonomy_version: number | null;
  /** Enrichment: version of this event's fields. */
  readonly event_version: number | null;
}

/** ml.trial.start: a trial began. */
export interface TrialStart {
  /** Identity of the event: one row per event_id, whatever is re-sent. */
  readonly event_id: string;
  /** When it happened, by the sender's clock; the time of receipt where the sender gave none. */
  readonly timestamp: number;
  /** When the gateway accepted it. */
  readonly received_at: number;
  /** The study; 'unassigned' where the sender named none. */
  readonly model_run_id: string;
  /** The trial; null for an event about the whole run. */
  readonly trial_id: string | null;
  /** The MLflow run the training code logs to itself. */
  readonly mlflow_run_id: string | null;
  /** Whether layers are spectrally normalised; null is unknown, shown and stored as false. */
  readonly spectral_norm: boolean | null;
  /** Who emitted it. */
  readonly source: string | null;
  /** Ties events of one operation together; enriched to the trial key where absent. */
  readonly correlation_id: string | null;
  /** Free-form JSON object as received, with the fields of the event that have no column of their own. */
  readonly metadata: string | null;
  /** Free-form JSON object: what the search chose. */
  readonly hyperparams: string | null;
  /** Free-form JSON object: what the trial ran with. */
  readonly parameters: string | null;
  /** Enrichment: high for lifecycle, normal for metric points. */
  readonly priority: 'high' | 'normal' | null;
  /** Enrichment: the pipeline hint, realtime for metric points, default for the rest. */
  readonly pipeline: string | null;
  /** Enrichment: the prefix of the event's name, ml.run or ml.trial. */
  readonly category: string | null;
  /** Enrichment: spectral_norm or none. */
  readonly constraint_method: 'spectral_norm' | 'none' | null;
  /** Enrichment: version of the list of events. */
  readonly taxonomy_version: number | null;
  /** Enrichment: version of this event's fields. */
  readonly event_version: number | null;
}

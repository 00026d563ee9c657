// Generated from schemas/*.avsc by `npm run generate`; a test proves it fresh.

/** An object of a trial is in the bucket: it was uploaded through Thunderline, or found there when the trial completed. */
export interface ArtifactStored {
  /** The identity of the record, a UUID: sent again with the same id, it is stored once. */
  readonly event_id: string;
  /** The time at which the object was stored, or the time of the event whose model was found. */
  readonly timestamp: number;
  /** The time when the record was written. */
  readonly received_at: number;
  /** The study; 'unassigned' if the trial has none. */
  readonly model_run_id: string;
  /** The trial. */
  readonly trial_id: string;
  /** The number of the attempt at the trial, counted from 1, up to 99999; 0 if the sender gave none. */
  readonly attempt: number;
  /** The kind of artifact: 'model_checkpoint'. */
  readonly type: string;
  /** The name it was uploaded under; a later upload of the same name replaces it. Null for an object that was found in the bucket. */
  readonly name: string | null;
  /** The address of the object: s3://bucket/key. An upload has an address of its own, which no other upload gets. */
  readonly uri: string;
  /** The size of the object in bytes. */
  readonly size_bytes: number;
  /** The SHA-256 of the content in 64 hexadecimal digits; null if it was not computed. */
  readonly sha256: string | null;
  /** The media type that the sender stated. */
  readonly content_type: string | null;
  /** The same for all records of one operation; null is the trial key. */
  readonly correlation_id: string | null;
}

/** A record that could not be processed: its original bytes and where, when and why it failed. */
export interface DeadLetter {
  /** The topic of the original record. */
  readonly topic: string;
  /** The partition of the original record. */
  readonly partition: number;
  /** The offset of the original record. */
  readonly offset: number;
  /** The timestamp of the original record. */
  readonly timestamp: number;
  /** The original key. */
  readonly key: Buffer | null;
  /** The original value, byte for byte; null is a tombstone. */
  readonly value: Buffer | null;
  /** The original headers in order, repeated names included. */
  readonly headers: readonly ({ readonly key: string; readonly value: Buffer | null })[];
  /** Whether key, value and headers are left out, because they are too large for a dead letter: they are only at the position of the original record. */
  readonly bytes_omitted: boolean;
  /** The consumer that gave the record up. */
  readonly stage: string;
  /** The code of the cause: see docs/errors.md. */
  readonly reason: string;
  /** The cause, as a sentence. */
  readonly message: string;
  /** The time when processing was given up. */
  readonly failed_at: number;
  /** The number of times the record has been replayed from ml.deadletters. */
  readonly replays: number;
}

/** ml.run.metric: values of one or more metrics at a step. */
export interface RunMetric {
  /** The identity of the event, a UUID. The identity of a point is trial, name, step and event_id: sent again, it is stored once. */
  readonly event_id: string;
  /** The time of the event by the sender's clock; the time of receipt if the sender gave none. In the years 1 to 9999. */
  readonly timestamp: number;
  /** The time when the gateway, or another producer, accepted the event. */
  readonly received_at: number;
  /** The study; 'unassigned' if the sender named none. */
  readonly model_run_id: string;
  /** The trial; null for an event about the whole run. */
  readonly trial_id: string | null;
  /** The number of the attempt at the trial, counted from 1, up to 99999; 0 if the sender gave none. */
  readonly attempt: number;
  /** The MLflow run that the training code itself logs to. */
  readonly mlflow_run_id: string | null;
  /** Whether layers are spectrally normalised; null means unknown, and is shown and stored as false. */
  readonly spectral_norm: boolean | null;
  /** The program or job that sent the event. */
  readonly source: string | null;
  /** The same for all events of one operation; the router sets an absent one to the trial key. */
  readonly correlation_id: string | null;
  /** Free-form JSON object as received, together with the unknown fields of the event. */
  readonly metadata: string | null;
  /** The step, or the number of completed epochs, >= 0; 0 if the sender gave none. */
  readonly step: number;
  /** Metric values by name, at least one, NaN and infinities included. */
  readonly measurements: Readonly<Record<string, number>>;
  /** Enrichment: high for lifecycle events, normal for metric points. */
  readonly priority: 'high' | 'normal' | null;
  /** Enrichment: the pipeline hint, realtime for metric points, default for the rest. */
  readonly pipeline: string | null;
  /** Enrichment: the first two parts of the event's name, ml.run or ml.trial. */
  readonly category: string | null;
  /** Enrichment: spectral_norm or none. */
  readonly constraint_method: 'spectral_norm' | 'none' | null;
  /** Enrichment: the version of the set of events. */
  readonly taxonomy_version: number | null;
  /** Enrichment: the version of the fields of this event. */
  readonly event_version: number | null;
}

/** ml.run.start: the training of a run or, with trial_id, of a trial started. */
export interface RunStart {
  /** The identity of the event, a UUID: sent again with the same id, it is stored once. */
  readonly event_id: string;
  /** The time of the event by the sender's clock; the time of receipt if the sender gave none. In the years 1 to 9999. */
  readonly timestamp: number;
  /** The time when the gateway, or another producer, accepted the event. */
  readonly received_at: number;
  /** The study; 'unassigned' if the sender named none. */
  readonly model_run_id: string;
  /** The trial; null for an event about the whole run. */
  readonly trial_id: string | null;
  /** The number of the attempt at the trial, counted from 1, up to 99999; 0 if the sender gave none. */
  readonly attempt: number;
  /** The MLflow run that the training code itself logs to. */
  readonly mlflow_run_id: string | null;
  /** Whether layers are spectrally normalised; null means unknown, and is shown and stored as false. */
  readonly spectral_norm: boolean | null;
  /** The program or job that sent the event. */
  readonly source: string | null;
  /** The same for all events of one operation; the router sets an absent one to the trial key. */
  readonly correlation_id: string | null;
  /** Free-form JSON object as received, together with the unknown fields of the event. */
  readonly metadata: string | null;
  /** Free-form JSON object: the values that the search chose. */
  readonly hyperparams: string | null;
  /** Free-form JSON object: the values that the trial ran with. */
  readonly parameters: string | null;
  /** Enrichment: high for lifecycle events, normal for metric points. */
  readonly priority: 'high' | 'normal' | null;
  /** Enrichment: the pipeline hint, realtime for metric points, default for the rest. */
  readonly pipeline: string | null;
  /** Enrichment: the first two parts of the event's name, ml.run or ml.trial. */
  readonly category: string | null;
  /** Enrichment: spectral_norm or none. */
  readonly constraint_method: 'spectral_norm' | 'none' | null;
  /** Enrichment: the version of the set of events. */
  readonly taxonomy_version: number | null;
  /** Enrichment: the version of the fields of this event. */
  readonly event_version: number | null;
}

/** ml.run.stop: the training of a run or, with trial_id, of a trial ended. */
export interface RunStop {
  /** The identity of the event, a UUID: sent again with the same id, it is stored once. */
  readonly event_id: string;
  /** The time of the event by the sender's clock; the time of receipt if the sender gave none. In the years 1 to 9999. */
  readonly timestamp: number;
  /** The time when the gateway, or another producer, accepted the event. */
  readonly received_at: number;
  /** The study; 'unassigned' if the sender named none. */
  readonly model_run_id: string;
  /** The trial; null for an event about the whole run. */
  readonly trial_id: string | null;
  /** The number of the attempt at the trial, counted from 1, up to 99999; 0 if the sender gave none. */
  readonly attempt: number;
  /** The MLflow run that the training code itself logs to. */
  readonly mlflow_run_id: string | null;
  /** Whether layers are spectrally normalised; null means unknown, and is shown and stored as false. */
  readonly spectral_norm: boolean | null;
  /** The program or job that sent the event. */
  readonly source: string | null;
  /** The same for all events of one operation; the router sets an absent one to the trial key. */
  readonly correlation_id: string | null;
  /** Free-form JSON object as received, together with the unknown fields of the event. */
  readonly metadata: string | null;
  /** The final state. */
  readonly state: 'completed' | 'failed' | 'cancelled';
  /** The duration in milliseconds, >= 0. */
  readonly duration_ms: number | null;
  /** Final metrics by name, NaN and infinities included. */
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Free-form JSON object: the values that the search chose. */
  readonly hyperparams: string | null;
  /** Free-form JSON object: the values that the trial ran with. */
  readonly parameters: string | null;
  /** The address of the saved model. */
  readonly artifact_uri: string | null;
  /** The kind of failure; 'pruned' is an Optuna pruned trial. */
  readonly error_type: string | null;
  /** The error, a traceback for example. */
  readonly error_message: string | null;
  /** Enrichment: high for lifecycle events, normal for metric points. */
  readonly priority: 'high' | 'normal' | null;
  /** Enrichment: the pipeline hint, realtime for metric points, default for the rest. */
  readonly pipeline: string | null;
  /** Enrichment: the first two parts of the event's name, ml.run or ml.trial. */
  readonly category: string | null;
  /** Enrichment: spectral_norm or none. */
  readonly constraint_method: 'spectral_norm' | 'none' | null;
  /** Enrichment: the version of the set of events. */
  readonly taxonomy_version: number | null;
  /** Enrichment: the version of the fields of this event. */
  readonly event_version: number | null;
}

/** A command to Python workers: start a study, run a trial, or cancel either. */
export interface TrialCommand {
  /** The identity of the command: sent again with the same id, it is the same command. */
  readonly command_id: string;
  /** The requested operation. */
  readonly operation: 'start_run' | 'run_trial' | 'cancel_run' | 'cancel_trial';
  /** The time of the request. */
  readonly requested_at: number;
  /** The study. */
  readonly model_run_id: string;
  /** The trial; null if the command is about the whole run. */
  readonly trial_id: string | null;
  /** Whether the trial should normalise its layers; null leaves the choice to the search. */
  readonly spectral_norm: boolean | null;
  /** Free-form JSON object: the values that the trial should run with. */
  readonly hyperparams: string | null;
  /** Free-form JSON object that is passed to the worker unchanged. */
  readonly payload: string | null;
  /** Time allowed for one attempt, in milliseconds; null is the bridge's default. */
  readonly timeout_ms: number | null;
  /** The same for the command and the events that it causes. */
  readonly correlation_id: string | null;
  /** Commands of a higher priority run first, from -100 to 100: of a run among the runs, of a trial within its run. */
  readonly priority: number;
  /** Trials of the run that run at the same time, over all bridges, at most; null is no limit. Of a run_trial, it counts if that is the first command of its run. */
  readonly parallelism: number | null;
  /** JSON object of a start_run: the number of trials, the search space and the objective. See docs/bridge.md. */
  readonly study: string | null;
}

/** ml.trial.complete: a trial finished with a result. */
export interface TrialComplete {
  /** The identity of the event, a UUID: sent again with the same id, it is stored once. */
  readonly event_id: string;
  /** The time of the event by the sender's clock; the time of receipt if the sender gave none. In the years 1 to 9999. */
  readonly timestamp: number;
  /** The time when the gateway, or another producer, accepted the event. */
  readonly received_at: number;
  /** The study; 'unassigned' if the sender named none. */
  readonly model_run_id: string;
  /** The trial; null for an event about the whole run. */
  readonly trial_id: string | null;
  /** The number of the attempt at the trial, counted from 1, up to 99999; 0 if the sender gave none. */
  readonly attempt: number;
  /** The MLflow run that the training code itself logs to. */
  readonly mlflow_run_id: string | null;
  /** Whether layers are spectrally normalised; null means unknown, and is shown and stored as false. */
  readonly spectral_norm: boolean | null;
  /** The program or job that sent the event. */
  readonly source: string | null;
  /** The same for all events of one operation; the router sets an absent one to the trial key. */
  readonly correlation_id: string | null;
  /** Free-form JSON object as received, together with the unknown fields of the event. */
  readonly metadata: string | null;
  /** Final metrics by name, NaN and infinities included. */
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Free-form JSON object: the values that the search chose. */
  readonly hyperparams: string | null;
  /** Free-form JSON object: the values that the trial ran with. */
  readonly parameters: string | null;
  /** The address of the saved model. */
  readonly artifact_uri: string | null;
  /** The duration in milliseconds, >= 0. */
  readonly duration_ms: number | null;
  /** The rank among the trials of the study, >= 1. */
  readonly rank: number | null;
  /** Enrichment: high for lifecycle events, normal for metric points. */
  readonly priority: 'high' | 'normal' | null;
  /** Enrichment: the pipeline hint, realtime for metric points, default for the rest. */
  readonly pipeline: string | null;
  /** Enrichment: the first two parts of the event's name, ml.run or ml.trial. */
  readonly category: string | null;
  /** Enrichment: spectral_norm or none. */
  readonly constraint_method: 'spectral_norm' | 'none' | null;
  /** Enrichment: the version of the set of events. */
  readonly taxonomy_version: number | null;
  /** Enrichment: the version of the fields of this event. */
  readonly event_version: number | null;
}

/** ml.trial.failed: a trial ended without a result; pruned trials are of error_type 'pruned'. */
export interface TrialFailed {
  /** The identity of the event, a UUID: sent again with the same id, it is stored once. */
  readonly event_id: string;
  /** The time of the event by the sender's clock; the time of receipt if the sender gave none. In the years 1 to 9999. */
  readonly timestamp: number;
  /** The time when the gateway, or another producer, accepted the event. */
  readonly received_at: number;
  /** The study; 'unassigned' if the sender named none. */
  readonly model_run_id: string;
  /** The trial; null for an event about the whole run. */
  readonly trial_id: string | null;
  /** The number of the attempt at the trial, counted from 1, up to 99999; 0 if the sender gave none. */
  readonly attempt: number;
  /** The MLflow run that the training code itself logs to. */
  readonly mlflow_run_id: string | null;
  /** Whether layers are spectrally normalised; null means unknown, and is shown and stored as false. */
  readonly spectral_norm: boolean | null;
  /** The program or job that sent the event. */
  readonly source: string | null;
  /** The same for all events of one operation; the router sets an absent one to the trial key. */
  readonly correlation_id: string | null;
  /** Free-form JSON object as received, together with the unknown fields of the event. */
  readonly metadata: string | null;
  /** The kind of failure; 'pruned' is an Optuna pruned trial. */
  readonly error_type: string | null;
  /** The error, a traceback for example. */
  readonly error_message: string | null;
  /** The duration in milliseconds, >= 0. */
  readonly duration_ms: number | null;
  /** Final metrics by name, NaN and infinities included. */
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Free-form JSON object: the values that the search chose. */
  readonly hyperparams: string | null;
  /** Free-form JSON object: the values that the trial ran with. */
  readonly parameters: string | null;
  /** Enrichment: high for lifecycle events, normal for metric points. */
  readonly priority: 'high' | 'normal' | null;
  /** Enrichment: the pipeline hint, realtime for metric points, default for the rest. */
  readonly pipeline: string | null;
  /** Enrichment: the first two parts of the event's name, ml.run or ml.trial. */
  readonly category: string | null;
  /** Enrichment: spectral_norm or none. */
  readonly constraint_method: 'spectral_norm' | 'none' | null;
  /** Enrichment: the version of the set of events. */
  readonly taxonomy_version: number | null;
  /** Enrichment: the version of the fields of this event. */
  readonly event_version: number | null;
}

/** ml.trial.start: a trial started. */
export interface TrialStart {
  /** The identity of the event, a UUID: sent again with the same id, it is stored once. */
  readonly event_id: string;
  /** The time of the event by the sender's clock; the time of receipt if the sender gave none. In the years 1 to 9999. */
  readonly timestamp: number;
  /** The time when the gateway, or another producer, accepted the event. */
  readonly received_at: number;
  /** The study; 'unassigned' if the sender named none. */
  readonly model_run_id: string;
  /** The trial; null for an event about the whole run. */
  readonly trial_id: string | null;
  /** The number of the attempt at the trial, counted from 1, up to 99999; 0 if the sender gave none. */
  readonly attempt: number;
  /** The MLflow run that the training code itself logs to. */
  readonly mlflow_run_id: string | null;
  /** Whether layers are spectrally normalised; null means unknown, and is shown and stored as false. */
  readonly spectral_norm: boolean | null;
  /** The program or job that sent the event. */
  readonly source: string | null;
  /** The same for all events of one operation; the router sets an absent one to the trial key. */
  readonly correlation_id: string | null;
  /** Free-form JSON object as received, together with the unknown fields of the event. */
  readonly metadata: string | null;
  /** Free-form JSON object: the values that the search chose. */
  readonly hyperparams: string | null;
  /** Free-form JSON object: the values that the trial ran with. */
  readonly parameters: string | null;
  /** Enrichment: high for lifecycle events, normal for metric points. */
  readonly priority: 'high' | 'normal' | null;
  /** Enrichment: the pipeline hint, realtime for metric points, default for the rest. */
  readonly pipeline: string | null;
  /** Enrichment: the first two parts of the event's name, ml.run or ml.trial. */
  readonly category: string | null;
  /** Enrichment: spectral_norm or none. */
  readonly constraint_method: 'spectral_norm' | 'none' | null;
  /** Enrichment: the version of the set of events. */
  readonly taxonomy_version: number | null;
  /** Enrichment: the version of the fields of this event. */
  readonly event_version: number | null;
}

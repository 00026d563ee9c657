import { type EventName, type MlEvent, UNASSIGNED_RUN } from './event.ts';
import type { Measurements } from './values.ts';

/** The values of an event's fields by name; absent ones are undefined. */
export type FieldValues = Record<string, unknown>;

const text = (value: unknown): string | null => (value === undefined ? null : (value as string));
const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
const orNull = <T>(value: unknown): T | null => (value === undefined ? null : (value as T));

const common = (event_id: string, received_at: number, v: FieldValues) => ({
  event_id,
  timestamp: (v.timestamp as number | undefined) ?? received_at,
  received_at,
  model_run_id: text(v.model_run_id) ?? UNASSIGNED_RUN,
  trial_id: text(v.trial_id),
  attempt: (v.attempt as number | undefined) ?? 0,
  mlflow_run_id: text(v.mlflow_run_id),
  spectral_norm: orNull<boolean>(v.spectral_norm),
  source: text(v.source),
  correlation_id: text(v.correlation_id),
  metadata: json(v.metadata),
  priority: null,
  pipeline: null,
  category: null,
  constraint_method: null,
  taxonomy_version: null,
  event_version: null,
});

const configuration = (v: FieldValues) => ({ hyperparams: json(v.hyperparams), parameters: json(v.parameters) });
const result = (v: FieldValues) => ({
  metrics: orNull<Measurements>(v.metrics),
  duration_ms: orNull<number>(v.duration_ms),
});
const failure = (v: FieldValues) => ({ error_type: text(v.error_type), error_message: text(v.error_message) });

type Build = (id: string, receivedAt: number, values: FieldValues) => MlEvent;

/** Makes the record of each event from the values of its fields. Absent fields are null. */
export const BUILDERS: Readonly<Record<EventName, Build>> = {
  'ml.run.start': (id, at, v) => ({ ...common(id, at, v), event: 'ml.run.start', ...configuration(v) }),
  'ml.run.stop': (id, at, v) => ({
    ...common(id, at, v),
    event: 'ml.run.stop',
    ...configuration(v),
    ...result(v),
    ...failure(v),
    state: v.state as 'completed' | 'failed' | 'cancelled',
    artifact_uri: text(v.artifact_uri),
  }),
  'ml.run.metric': (id, at, v) => ({
    ...common(id, at, v),
    event: 'ml.run.metric',
    step: (v.step as number | undefined) ?? 0,
    measurements: v.measurements as Measurements,
  }),
  'ml.trial.start': (id, at, v) => ({ ...common(id, at, v), event: 'ml.trial.start', ...configuration(v) }),
  'ml.trial.complete': (id, at, v) => ({
    ...common(id, at, v),
    event: 'ml.trial.complete',
    ...configuration(v),
    ...result(v),
    artifact_uri: text(v.artifact_uri),
    rank: orNull<number>(v.rank),
  }),
  'ml.trial.failed': (id, at, v) => ({
    ...common(id, at, v),
    event: 'ml.trial.failed',
    ...configuration(v),
    ...result(v),
    ...failure(v),
  }),
};

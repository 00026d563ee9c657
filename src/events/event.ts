import type { RunMetric, RunStart, RunStop, TrialComplete, TrialFailed, TrialStart } from '../avro/records.ts';

/** The six events, each with its Avro record (`schemas/<record>.avsc`). */
export const EVENT_RECORDS = {
  'ml.run.start': 'RunStart',
  'ml.run.stop': 'RunStop',
  'ml.run.metric': 'RunMetric',
  'ml.trial.start': 'TrialStart',
  'ml.trial.complete': 'TrialComplete',
  'ml.trial.failed': 'TrialFailed',
} as const;

export type EventName = keyof typeof EVENT_RECORDS;

export const EVENT_NAMES = Object.keys(EVENT_RECORDS) as readonly EventName[];

const NAMES: ReadonlySet<string> = new Set(EVENT_NAMES);

export const isEventName = (name: string): name is EventName => NAMES.has(name);

/** Whether an event is about a trial, and so must name one; any other may be about a whole run. */
export const isTrialEvent = (name: EventName): boolean => name.startsWith('ml.trial.');

/** A table with an entry for each event. */
export const forEachEvent = <T>(make: (name: EventName) => T): Readonly<Record<EventName, T>> => ({
  'ml.run.start': make('ml.run.start'),
  'ml.run.stop': make('ml.run.stop'),
  'ml.run.metric': make('ml.run.metric'),
  'ml.trial.start': make('ml.trial.start'),
  'ml.trial.complete': make('ml.trial.complete'),
  'ml.trial.failed': make('ml.trial.failed'),
});

interface Records {
  RunStart: RunStart;
  RunStop: RunStop;
  RunMetric: RunMetric;
  TrialStart: TrialStart;
  TrialComplete: TrialComplete;
  TrialFailed: TrialFailed;
}

/** One event in memory: its Avro record and its name, which on the wire is the type of the record. */
export type MlEvent = {
  [Name in EventName]: { readonly event: Name } & Records[(typeof EVENT_RECORDS)[Name]];
}[EventName];

export type EventOf<Name extends EventName> = Extract<MlEvent, { readonly event: Name }>;

/** The run of an event without `model_run_id`. */
export const UNASSIGNED_RUN = 'unassigned';

/**
 * The partition key: `model_run_id/trial_id`, or `model_run_id` alone for an event about the whole run. It keeps the events
 * of one trial in order.
 */
export const trialKey = (subject: { readonly model_run_id: string; readonly trial_id: string | null }): string =>
  subject.trial_id === null ? subject.model_run_id : `${subject.model_run_id}/${subject.trial_id}`;

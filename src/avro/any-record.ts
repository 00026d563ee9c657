import type {
  ArtifactStored,
  DeadLetter,
  RunMetric,
  RunStart,
  RunStop,
  TrialCommand,
  TrialComplete,
  TrialFailed,
  TrialStart,
} from './records.ts';

/** Every record a topic may contain, by the name of its schema file. */
export interface Records {
  RunStart: RunStart;
  RunStop: RunStop;
  RunMetric: RunMetric;
  TrialStart: TrialStart;
  TrialComplete: TrialComplete;
  TrialFailed: TrialFailed;
  ArtifactStored: ArtifactStored;
  TrialCommand: TrialCommand;
  DeadLetter: DeadLetter;
}

export type RecordName = keyof Records;

/** A decoded record with the name of its schema. */
export type AnyRecord = { [Name in RecordName]: { readonly name: Name; readonly record: Records[Name] } }[RecordName];

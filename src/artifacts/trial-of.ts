import { EVENT_LIMITS, Faults } from '../events/fault.ts';
import { type Reader, readId, readName } from '../events/values.ts';
import { Problem } from '../http/problem.ts';
import type { TrialPath } from '../store/queries/trial-artifacts.ts';

type Parameters = Readonly<Record<string, string>>;

/** The trial of a path. Throws the `Problem` malformed_request for an id that no stored event can have. */
export const trialOf = (parameters: Parameters): TrialPath => read(parameters, readName);

/** The same for an upload, which makes the trial known: the id must be one that events may have. */
export const trialOfUpload = (parameters: Parameters): TrialPath => read(parameters, readId);

function read({ run = '', trial = '' }: Parameters, readTrialId: Reader<string>): TrialPath {
  const faults = new Faults(1);
  readTrialId(run, 'model_run_id', faults, EVENT_LIMITS);
  readTrialId(trial, 'trial_id', faults, EVENT_LIMITS);
  const [fault] = faults.list;
  if (fault !== undefined) throw new Problem('malformed_request', `the ${fault.path} in the path ${fault.message}`);
  return { run, trial };
}

import { EVENT_LIMITS, Faults } from '../events/fault.ts';
import { readId } from '../events/values.ts';
import { Problem } from '../http/problem.ts';
import type { TrialPath } from '../store/queries/trial-artifacts.ts';

/** The trial of a path. Throws the `Problem` malformed_request for an id that no event can have. */
export function trialOf({ run = '', trial = '' }: Readonly<Record<string, string>>): TrialPath {
  const faults = new Faults(1);
  readId(run, 'model_run_id', faults, EVENT_LIMITS);
  readId(trial, 'trial_id', faults, EVENT_LIMITS);
  const [fault] = faults.list;
  if (fault !== undefined) throw new Problem('malformed_request', `the ${fault.path} in the path ${fault.message}`);
  return { run, trial };
}

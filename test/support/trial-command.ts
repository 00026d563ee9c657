import type { TrialCommand } from '../../src/avro/records.ts';

/** A command that states nothing but `fields`. */
export const trialCommand = (
  fields: Partial<TrialCommand> & Pick<TrialCommand, 'command_id' | 'operation' | 'requested_at' | 'model_run_id'>,
): TrialCommand => ({
  trial_id: null,
  spectral_norm: null,
  hyperparams: null,
  payload: null,
  timeout_ms: null,
  correlation_id: null,
  priority: 0,
  parallelism: null,
  study: null,
  ...fields,
});

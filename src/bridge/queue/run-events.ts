import { uuidV5 } from '../../events/ids.ts';
import type { JsonObject } from '../../events/values.ts';
import type { RunToPublish } from '../../store/tables/bridge-runs.ts';

const SOURCE = 'thunderline-bridge';

const common = ({ model_run_id, correlation_id }: RunToPublish): JsonObject => ({
  model_run_id,
  source: SOURCE,
  ...(correlation_id !== null && { correlation_id }),
});

/** `ml.run.start` of a study: its parameters are the study. */
export const runStartInput = (run: RunToPublish): JsonObject => ({
  event: 'ml.run.start',
  event_id: uuidV5(`${run.command_id} run start`),
  timestamp: run.requested_at,
  ...common(run),
  spectral_norm: run.spectral_norm,
  parameters: { ...(JSON.parse(run.study) as JsonObject), parallelism: run.parallelism },
});

/** The number of trials of a run by outcome, as `bridge_runs.ending` has it. */
export interface RunEnding {
  readonly trials: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  readonly error: string | null;
}

/** `ml.run.stop` of a study whose trials have all ended. */
export function runStopInput(run: RunToPublish, endedAt: number): JsonObject {
  const { error, ...trials } = JSON.parse(run.ending ?? '{"error":null}') as RunEnding;
  return {
    event: 'ml.run.stop',
    // A run whose trials are retried ends more than once.
    event_id: uuidV5(`${run.command_id} run stop ${endedAt}`),
    timestamp: endedAt,
    ...common(run),
    state: run.outcome ?? 'completed',
    duration_ms: Math.max(0, endedAt - run.requested_at),
    metadata: { trials },
    ...(error !== null && { error_type: 'trials_failed', error_message: error.slice(0, 65_536) }),
  };
}

import { until } from '../../support/until.ts';
import type { FaultWorld } from './fault-world.ts';
import { lagOf } from './settle.ts';

export interface TrialsPlan {
  readonly modelRunId: string;
  readonly trials: number;
  readonly steps: number;
  /** The MLflow run of each trial, which only its last event states. */
  readonly mlflowRunIds?: readonly string[];
}

const AT = Date.UTC(2026, 8, 1, 12);

/** The events of some trials: the start, the steps and the end of each, one trial after the other. */
export function trialEvents({ modelRunId, trials, steps, mlflowRunIds }: TrialsPlan): readonly object[] {
  return Array.from({ length: trials }, (_, index) => {
    const ids = { model_run_id: modelRunId, trial_id: `trial-${index}` };
    return [
      { event: 'ml.trial.start', ...ids, timestamp: AT, hyperparams: { lr: index + 1, depth: 3 } },
      ...Array.from({ length: steps }, (_step, step) => ({
        event: 'ml.run.metric',
        ...ids,
        timestamp: AT + 1 + step,
        step,
        measurements: { loss: 1 / (1 + step + index), accuracy: step % 7 === 0 ? 'NaN' : step },
      })),
      {
        event: index % 3 === 2 ? 'ml.trial.failed' : 'ml.trial.complete',
        ...ids,
        timestamp: AT + 10_000,
        ...(mlflowRunIds !== undefined && { mlflow_run_id: mlflowRunIds[index] }),
      },
    ];
  }).flat();
}

const EVENTS_A_POST = 500;

/** Posts events to the gateway, and waits until the router has passed them on. */
export async function postEvents(world: FaultWorld, events: readonly object[]): Promise<void> {
  for (let from = 0; from < events.length; from += EVENTS_A_POST) {
    const body = JSON.stringify(events.slice(from, from + EVENTS_A_POST));
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(`${world.gatewayUrl}/api/events/ml`, { method: 'POST', headers, body });
    if (status !== 202) throw new Error(`the gateway answered ${status}`);
  }
  await until('the router has no lag', 60_000, async () => (await lagOf(world, 'router')) === 0);
}

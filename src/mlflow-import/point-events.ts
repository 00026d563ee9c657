import { BUILDERS } from '../events/build.ts';
import type { MlEvent } from '../events/event.ts';
import { faultsOf } from '../events/event-faults.ts';
import { canonicalJson, uuidV5 } from '../events/ids.ts';
import type { StoredPoint } from '../mlflow/stored-entities.ts';
import { type ImportedTrial, SOURCE } from './imported-trial.ts';

/** The events of some points, and the points that no event can hold. */
export interface PointEvents {
  readonly events: readonly MlEvent[];
  readonly refused: number;
  /** The fault of the first refused point. */
  readonly fault: string | undefined;
}

/** MLflow stores ±Infinity as the greatest double; no metric has that value by itself. */
export const eventValue = (value: number): number => (Math.abs(value) === Number.MAX_VALUE ? value * 2 : value);

/**
 * One event for each point, because the event of a step would change when the run logs another metric of that step. Its id
 * is made of the run and the point, so that a point becomes the same event in every import.
 */
export function pointEvents(
  trial: ImportedTrial,
  name: string,
  points: readonly StoredPoint[],
  receivedAt: number,
): PointEvents {
  const { modelRunId, trialId, spectralNorm } = trial;
  // Canonical JSON of the whole list, put together here, because its first three texts are the same for every point.
  const series = canonicalJson(['mlflow', trialId, name]).slice(0, -1);
  const events: MlEvent[] = [];
  let fault: string | undefined;
  for (const { value, timestampMs, step } of points) {
    const id = uuidV5(`${series},${canonicalJson(step)},${canonicalJson(timestampMs)},${canonicalJson(value)}]`);
    const event = BUILDERS['ml.run.metric'](id, receivedAt, {
      model_run_id: modelRunId,
      trial_id: trialId,
      mlflow_run_id: trialId,
      spectral_norm: spectralNorm,
      source: SOURCE,
      timestamp: timestampMs,
      step,
      measurements: { [name]: eventValue(value) },
    });
    const [first] = name === '__proto__' ? [FORBIDDEN] : faultsOf(event);
    if (first === undefined) events.push(event);
    else fault ??= `${first.path} ${first.message}`;
  }
  return { events, refused: points.length - events.length, fault };
}

/** An event with this name cannot be decoded to a plain object. */
const FORBIDDEN = { path: 'measurements.__proto__', message: 'a metric cannot have this name' };

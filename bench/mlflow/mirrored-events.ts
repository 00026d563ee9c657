import { randomBytes } from 'node:crypto';
import type { EventName, MlEvent } from '../../src/events/event.ts';
import { type FleetShape, fleetEvents } from '../fleet.ts';

/** A run that no MLflow has yet. */
export const newRun = (): string => `bench-${randomBytes(5).toString('hex')}`;

/** The events of one kind of trials that do not log to MLflow themselves. */
export function* mirroredEvents<Name extends EventName>(
  shape: FleetShape,
  run: string,
  name: Name,
): Generator<Extract<MlEvent, { readonly event: Name }>> {
  for (const event of fleetEvents(shape)) {
    if (event.event === name) {
      yield { ...event, model_run_id: run, mlflow_run_id: null } as Extract<MlEvent, { readonly event: Name }>;
    }
  }
}

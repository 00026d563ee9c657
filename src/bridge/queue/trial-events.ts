import type { MlEvent } from '../../events/event.ts';
import { parseExactly } from '../../events/exact-number.ts';
import type { Fault } from '../../events/fault.ts';
import { uuidV5 } from '../../events/ids.ts';
import { parseEvent } from '../../events/parse.ts';
import type { JsonObject } from '../../events/values.ts';
import type { EndedTrial } from '../../store/tables/bridge-outbox.ts';
import type { TrialEnding, TrialResult } from './trial-ending.ts';

/** The trial that events are about, as its row has it. */
export type EventSubject = Pick<
  EndedTrial,
  'model_run_id' | 'trial_id' | 'command_id' | 'epoch' | 'hyperparams' | 'spectral_norm' | 'correlation_id'
>;

/** The name of this system's bridge in the field `source` of its events. */
const SOURCE = 'thunderline-bridge';

/**
 * The id of the terminal event of a trial. The attempt is not part of it: whichever attempt ends the trial, its command
 * has one terminal event, and sending that again adds nothing.
 */
export const terminalEventId = (commandId: string, trialId: string): string => uuidV5(`${commandId} ${trialId}`);

const startEventId = ({ command_id, trial_id, epoch }: EventSubject): string =>
  uuidV5(`${command_id} ${trial_id} start ${epoch}`);

const common = (subject: EventSubject, timestamp: number): JsonObject => ({
  timestamp,
  model_run_id: subject.model_run_id,
  trial_id: subject.trial_id,
  attempt: subject.epoch,
  source: SOURCE,
  ...(subject.correlation_id !== null && { correlation_id: subject.correlation_id }),
});

/** `ml.trial.start` of an attempt, as a client would post it. */
export const startInput = (subject: EventSubject, startedAt: number): JsonObject => ({
  event: 'ml.trial.start',
  event_id: startEventId(subject),
  ...common(subject, startedAt),
  spectral_norm: subject.spectral_norm,
  hyperparams: subject.hyperparams === null ? null : parseExactly(subject.hyperparams),
});

/** The events of an ended trial, as a client would post them. */
export function endingInputs(subject: EventSubject, endedAt: number, ending: TrialEnding): readonly JsonObject[] {
  const id = terminalEventId(subject.command_id, subject.trial_id);
  const base = { event_id: id, ...common(subject, endedAt), spectral_norm: subject.spectral_norm };
  const started = 'started_at' in ending && ending.started_at !== undefined;
  const start = started ? [startInput(subject, ending.started_at ?? endedAt)] : [];
  switch (ending.kind) {
    case 'cancelled':
      return [{ event: 'ml.run.stop', ...base, state: 'cancelled' }];
    case 'lost':
      return [{ event: 'ml.trial.failed', ...base, error_type: 'lost', error_message: LOST }];
    case 'failed': {
      const { error_type, error_message, duration_ms } = ending;
      return [...start, { event: 'ml.trial.failed', ...base, error_type, error_message, duration_ms }];
    }
    case 'reported':
      return [
        ...start,
        resultInput(base, ending.trial),
        ...ending.others.map((trial) =>
          resultInput(
            { ...base, event_id: terminalEventId(subject.command_id, trial.trial_id), trial_id: trial.trial_id },
            trial,
          ),
        ),
      ];
  }
}

export const LOST =
  'Every bridge that ran this trial was lost: it stopped, was killed or lost its connection to Postgres.';

function resultInput(base: JsonObject, trial: TrialResult): JsonObject {
  const { spectral_norm, mlflow_run_id, metrics, parameters, duration_ms, warnings } = trial;
  const result = {
    ...base,
    spectral_norm,
    mlflow_run_id,
    duration_ms,
    ...(Object.keys(metrics).length > 0 && { metrics }),
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(warnings.length > 0 && { metadata: { warnings } }),
  };
  const { artifact_uri, rank, error_message, error_type } = trial;
  switch (trial.outcome) {
    case 'completed':
      return { event: 'ml.trial.complete', ...result, artifact_uri, rank };
    case 'failed':
      return { event: 'ml.trial.failed', ...result, error_type: error_type ?? 'trial_failed', error_message };
    case 'skipped':
      return { event: 'ml.trial.failed', ...result, error_type: 'pruned', error_message };
    case 'cancelled':
      // The only one of the six events that can state it.
      return { event: 'ml.run.stop', ...result, state: 'cancelled', error_message };
  }
}

export type JudgedEvents =
  | { readonly ok: true; readonly events: readonly MlEvent[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads events by the rules of the gateway, so that the bridge publishes none that the gateway would refuse. */
export function judgeEvents(inputs: readonly JsonObject[], receivedAt: number): JudgedEvents {
  const events: MlEvent[] = [];
  for (const input of inputs) {
    const parsed = parseEvent(input, { receivedAt, freshId: () => String(input.event_id) });
    if (!parsed.ok) return { ok: false, faults: parsed.faults };
    events.push(parsed.event);
  }
  return { ok: true, events };
}

/** The events of an ended trial. Their content follows from the row alone, so that they can be sent again. */
export function eventsOfEnded(trial: EndedTrial): JudgedEvents {
  const ending = parseExactly(trial.ending) as TrialEnding;
  return judgeEvents(endingInputs(trial, trial.ended_at, ending), trial.ended_at);
}

/** Faults in one sentence. */
export const describeFaults = (faults: readonly Fault[]): string =>
  faults.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');

import type { AnyRecord } from '../../src/avro/codec.ts';
import { loadSchemas } from '../../src/avro/schemas.ts';
import { EVENT_RECORDS, type MlEvent } from '../../src/events/event.ts';
import { uuidV5, uuidV7 } from '../../src/events/ids.ts';
import { enrich } from '../../src/processors/enrich.ts';
import type { DecodedRecord } from '../../src/runtime/stage.ts';

export interface FleetShape {
  readonly partitions: number;
  /** Trials that train at the same time. */
  readonly trials: number;
  /** Metric events of each trial; each has two measurements. */
  readonly steps: number;
}

const START = Date.UTC(2026, 9, 5);
const STEP_MS = 250;

/** The events of one trial from its start to its result, as the training loop of the seeds sends them. */
function trialEvents(run: string, number: number, steps: number): MlEvent[] {
  const spectral_norm = number % 2 === 0;
  const common = (time: number) => ({
    event_id: uuidV7(time, Buffer.from(uuidV5(`${run} ${number} ${time}`).replaceAll('-', '').slice(0, 20), 'hex')),
    timestamp: time,
    received_at: time + 3,
    model_run_id: run,
    trial_id: `trial_${String(number).padStart(5, '0')}`,
    mlflow_run_id: uuidV5(`mlflow ${run} ${number}`).replaceAll('-', ''),
    spectral_norm,
    source: null,
    correlation_id: null,
    metadata: null,
    priority: null,
    pipeline: null,
    category: null,
    constraint_method: null,
    taxonomy_version: null,
    event_version: null,
  });
  const hyperparams = JSON.stringify({
    learning_rate: 0.001 * (1 + (number % 7)),
    hidden_size: 256,
    dropout: 0.3,
    spectral_norm,
  });
  const end = START + (steps + 1) * STEP_MS;
  return [
    { event: 'ml.trial.start', ...common(START), hyperparams, parameters: null },
    ...Array.from(
      { length: steps },
      (_, step): MlEvent => ({
        event: 'ml.run.metric',
        ...common(START + (step + 1) * STEP_MS),
        step,
        measurements: { train_loss: 2 / (step + 1) + number / 1e4, val_accuracy: 1 - 1 / (step + 2 + (number % 5)) },
      }),
    ),
    {
      event: 'ml.trial.complete',
      ...common(end),
      metrics: { val_accuracy: 0.9 + (number % 10) / 100, val_loss: 0.1, test_accuracy: 0.9 },
      hyperparams: null,
      parameters: hyperparams,
      artifact_uri: `s3://thunderline-models/${run}/trial_${number}`,
      duration_ms: end - START,
      rank: null,
    },
  ];
}

const schemas = loadSchemas();

/** As it comes from a topic: every text a new one, as decoding makes it. */
function decoded(event: MlEvent, partition: number, offset: number): DecodedRecord {
  const name = EVENT_RECORDS[event.event];
  const { type } = schemas[name];
  const record = type.fromBuffer(type.toBuffer(enrich(event)));
  const source = { topic: 'ml.events', partition, offset: String(offset), timestamp: event.timestamp };
  return { source: { ...source, key: null, value: null, headers: {} }, content: { name, record } as AnyRecord };
}

/** What a fleet of trials that train side by side leaves in the partitions of a topic. */
export function fleetRecords({ partitions, trials, steps }: FleetShape): DecodedRecord[][] {
  const run = uuidV5('bench');
  const logs: DecodedRecord[][] = Array.from({ length: partitions }, () => []);
  const stories = Array.from({ length: trials }, (_, number) => trialEvents(run, number, steps));
  for (let moment = 0; moment < steps + 2; moment += 1) {
    for (const [number, story] of stories.entries()) {
      const event = story[moment];
      const partition = number % partitions;
      const log = logs[partition];
      if (event !== undefined && log !== undefined) log.push(decoded(event, partition, log.length));
    }
  }
  return logs;
}

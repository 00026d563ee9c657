import { EVENT_RECORDS, type MlEvent, trialKey } from '../src/events/event.ts';
import { uuidV5, uuidV7OfHex, uuidV7Time } from '../src/events/ids.ts';
import type { OutgoingRecord } from '../src/record.ts';
import { type Topic, topicName } from '../src/topics.ts';
import type { Place } from './place.ts';

export interface FleetShape {
  /** Trials that train at the same time. */
  readonly trials: number;
  /** Metric events of each trial, with two measurements each. */
  readonly steps: number;
}

const START = Date.UTC(2026, 9, 5);
const STEP_MS = 250;

export const RUN = uuidV5('bench');

/** One event of the trial `number`: first its start, then `steps` metric events, last its result. */
function trialEvent(number: number, moment: number, steps: number): MlEvent {
  const timestamp = START + moment * STEP_MS;
  const spectral_norm = number % 2 === 0;
  const common = {
    event_id: uuidV7OfHex(uuidV7Time(timestamp), uuidV5(`${number} ${moment}`).replaceAll('-', '').slice(0, 20)),
    timestamp,
    received_at: timestamp + 3,
    model_run_id: RUN,
    trial_id: `trial_${String(number).padStart(5, '0')}`,
    attempt: 0,
    mlflow_run_id: uuidV5(`mlflow ${number}`).replaceAll('-', ''),
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
  };
  const hyperparams = JSON.stringify({ learning_rate: 0.001 * (1 + (number % 7)), hidden_size: 256, spectral_norm });
  if (moment === 0) return { event: 'ml.trial.start', ...common, hyperparams, parameters: null };
  if (moment <= steps) {
    const measurements = { train_loss: 2 / moment + number / 1e4, val_accuracy: 1 - 1 / (moment + 2 + (number % 5)) };
    return { event: 'ml.run.metric', ...common, step: moment - 1, measurements };
  }
  return {
    event: 'ml.trial.complete',
    ...common,
    metrics: { val_accuracy: 0.9 + (number % 10) / 100, val_loss: 0.1, test_accuracy: 0.9 },
    hyperparams: null,
    parameters: hyperparams,
    artifact_uri: `s3://thunderline-models/${RUN}/trial_${number}`,
    duration_ms: timestamp - START,
    rank: null,
  };
}

/** The events of a fleet of trials that train at the same time, in the order of time. */
export function* fleetEvents({ trials, steps }: FleetShape): Generator<MlEvent> {
  for (let moment = 0; moment < steps + 2; moment += 1) {
    for (let number = 0; number < trials; number += 1) yield trialEvent(number, moment, steps);
  }
}

const SLICE = 4_000;
/** How long Kafka may take for one slice. */
export const SEND_DEADLINE_MS = 30_000;
const SENDS_AT_ONCE = 3;

/**
 * Writes events to a topic of the place as the gateway and the router do. Returns their number.
 *
 * @param traceparentOf the trace of each event, by its number.
 */
export async function fillTopic(
  place: Place,
  topic: Topic,
  events: Iterable<MlEvent>,
  traceparentOf: (index: number) => string = () => TRACEPARENT,
): Promise<number> {
  const { config, connections } = place;
  const [codec, producer] = await Promise.all([connections.codec(), connections.producer()]);
  const name = topicName(config.kafka.topicPrefix, topic);
  const records = (function* (): Generator<OutgoingRecord> {
    let index = 0;
    for (const event of events) {
      const key = trialKey(event);
      const headers = {
        'event-id': event.event_id,
        event: event.event,
        'correlation-id': key,
        traceparent: traceparentOf(index),
      };
      index += 1;
      yield { topic: name, key, value: codec.encode(topic, EVENT_RECORDS[event.event], event), headers };
    }
  })();
  return sendAll(records, (slice) => producer.send(slice, SEND_DEADLINE_MS));
}

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** Sends records in slices, a few slices at once. Returns the number of records. */
export async function sendAll(
  records: Iterable<OutgoingRecord>,
  send: (slice: OutgoingRecord[]) => Promise<void>,
): Promise<number> {
  const source = records[Symbol.iterator]();
  let count = 0;
  const sender = async (): Promise<void> => {
    for (let slice = take(source, SLICE); slice.length > 0; slice = take(source, SLICE)) {
      count += slice.length;
      await send(slice);
    }
  };
  await Promise.all(Array.from({ length: SENDS_AT_ONCE }, sender));
  return count;
}

function take<T>(source: Iterator<T>, count: number): T[] {
  const taken: T[] = [];
  while (taken.length < count) {
    const { done, value } = source.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

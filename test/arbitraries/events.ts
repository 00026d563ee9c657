import fc from 'fast-check';
import { EVENT_NAMES, type EventName, type EventOf, type MlEvent } from '../../src/events/event.ts';
import { enrich } from '../../src/processors/enrich.ts';
import {
  idArbitrary,
  jsonTextArbitrary,
  measurementsArbitrary,
  nameArbitrary,
  orNull,
  textArbitrary,
  uuidArbitrary,
} from './values.ts';

/** Objects as any others are, not without a prototype. */
const plain = { noNullPrototype: true } as const;

/** Epoch milliseconds from the year 1 to the year 9999. */
const timeArbitrary = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }) },
);

const count = fc.oneof(fc.nat(1_000), fc.nat(Number.MAX_SAFE_INTEGER - 1));
const amount = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0));

/** Mostly attempts that two events can share. */
const attemptArbitrary = fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(99_999) });

const common = {
  event_id: uuidArbitrary,
  timestamp: timeArbitrary,
  received_at: timeArbitrary,
  model_run_id: idArbitrary,
  trial_id: orNull(idArbitrary),
  attempt: attemptArbitrary,
  mlflow_run_id: orNull(idArbitrary),
  spectral_norm: orNull(fc.boolean()),
  source: orNull(nameArbitrary),
  correlation_id: orNull(nameArbitrary),
  metadata: orNull(jsonTextArbitrary),
  priority: fc.constant(null),
  pipeline: fc.constant(null),
  category: fc.constant(null),
  constraint_method: fc.constant(null),
  taxonomy_version: fc.constant(null),
  event_version: fc.constant(null),
};

const ofTrial = { ...common, trial_id: idArbitrary };
const configuration = { hyperparams: orNull(jsonTextArbitrary), parameters: orNull(jsonTextArbitrary) };
const metrics = { metrics: orNull(measurementsArbitrary) };
const failure = { error_type: orNull(errorType()), error_message: orNull(textArbitrary(60)) };

function errorType(): fc.Arbitrary<string> {
  return fc.oneof(fc.constantFrom('pruned', 'ValueError'), nameArbitrary);
}

/** Valid events by name, as the parser returns them: not yet enriched. */
export const EVENT_ARBITRARIES: { readonly [Name in EventName]: fc.Arbitrary<EventOf<Name>> } = {
  'ml.run.start': fc.record({ event: fc.constant('ml.run.start'), ...common, ...configuration }, plain),
  'ml.run.stop': fc.record(
    {
      event: fc.constant('ml.run.stop'),
      ...common,
      state: fc.constantFrom('completed', 'failed', 'cancelled'),
      ...metrics,
      duration_ms: orNull(amount),
      ...configuration,
      artifact_uri: orNull(textArbitrary()),
      ...failure,
    },
    plain,
  ),
  'ml.run.metric': fc.record(
    {
      event: fc.constant('ml.run.metric'),
      ...common,
      step: count,
      measurements: measurementsArbitrary,
    },
    plain,
  ),
  'ml.trial.start': fc.record({ event: fc.constant('ml.trial.start'), ...ofTrial, ...configuration }, plain),
  'ml.trial.complete': fc.record(
    {
      event: fc.constant('ml.trial.complete'),
      ...ofTrial,
      ...metrics,
      ...configuration,
      artifact_uri: orNull(textArbitrary()),
      duration_ms: orNull(count),
      rank: orNull(fc.integer({ min: 1, max: 2_147_483_647 })),
    },
    plain,
  ),
  'ml.trial.failed': fc.record(
    {
      event: fc.constant('ml.trial.failed'),
      ...ofTrial,
      ...failure,
      duration_ms: orNull(amount),
      ...metrics,
      ...configuration,
    },
    plain,
  ),
};

/** Any valid event of the six, as the parser returns it. */
export const eventArbitrary: fc.Arbitrary<MlEvent> = fc
  .oneof(...EVENT_NAMES.map((name) => EVENT_ARBITRARIES[name]))
  .map(receivedInTime);

/** The event, received no more than 24 h before it happened by the sender's clock. */
function receivedInTime<Event extends MlEvent>(event: Event): Event {
  return { ...event, received_at: Math.max(event.received_at, event.timestamp - 86_400_000) };
}

/** Any valid event as the router sends it on. */
export const enrichedEventArbitrary: fc.Arbitrary<MlEvent> = eventArbitrary.map((event) => enrich(event));

const crowdedPoints = orNull(
  fc.record(
    {
      step: fc.nat(1),
      measurements: fc.dictionary(fc.constantFrom('loss', 'accuracy'), fc.constantFrom(0, -0, 1, Number.NaN), {
        minKeys: 1,
        noNullPrototype: true,
      }),
    },
    plain,
  ),
);

/**
 * Events about few runs and trials at few points in time, so that they meet: the same subject, the same timestamp, the
 * same event id with another content, the same metric at the same step.
 */
export const crowdedEventArbitrary: fc.Arbitrary<MlEvent> = fc
  .record({
    event: eventArbitrary,
    model_run_id: fc.constantFrom('run-a', 'run-b'),
    trial_id: fc.constantFrom('trial-1', 'trial-2'),
    ofRun: fc.boolean(),
    timestamp: fc.integer({ min: 1_760_000_000_000, max: 1_760_000_000_003 }),
    event_id: fc.nat(8).map((number) => `00000000-0000-7000-8000-00000000000${number}`),
    points: crowdedPoints,
  })
  .map(({ event, ofRun, trial_id, points, ...rest }) => ({
    ...event,
    ...rest,
    ...(event.event === 'ml.run.metric' && points),
    trial_id: ofRun && event.event.startsWith('ml.run.') ? null : trial_id,
  }))
  .map((event) => receivedInTime(event as MlEvent));

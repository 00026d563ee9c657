import fc from 'fast-check';
import type { ArtifactStored, DeadLetter, TrialCommand } from '../../src/avro/records.ts';
import { ERRORS } from '../../src/errors.ts';
import { idArbitrary, jsonTextArbitrary, orNull, textArbitrary, uuidArbitrary } from './values.ts';

const plain = { noNullPrototype: true } as const;
const time = fc.integer({ min: 0, max: 253_402_300_799_999 });
const long = fc.nat(Number.MAX_SAFE_INTEGER - 1);
const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array));

/** Any command to the workers. */
export const commandArbitrary: fc.Arbitrary<TrialCommand> = fc.record(
  {
    command_id: uuidArbitrary,
    operation: fc.constantFrom('start_run', 'run_trial', 'cancel_run', 'cancel_trial'),
    requested_at: time,
    model_run_id: idArbitrary,
    trial_id: orNull(idArbitrary),
    spectral_norm: orNull(fc.boolean()),
    hyperparams: orNull(jsonTextArbitrary),
    payload: orNull(jsonTextArbitrary),
    timeout_ms: orNull(long),
    correlation_id: orNull(idArbitrary),
    priority: fc.integer({ min: -100, max: 100 }),
    parallelism: orNull(fc.integer({ min: 1, max: 10_000 })),
    study: orNull(jsonTextArbitrary),
  },
  plain,
);

const digits = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array).toString('hex'));

/** Any report of a stored object. */
export const storedArtifactArbitrary: fc.Arbitrary<ArtifactStored> = fc.record(
  {
    event_id: uuidArbitrary,
    timestamp: time,
    received_at: time,
    model_run_id: idArbitrary,
    trial_id: idArbitrary,
    attempt: fc.nat(99_999),
    type: fc.constant('model_checkpoint'),
    name: orNull(fc.constantFrom('model.pth', 'a/b.bin', 'ä ü.pt')),
    uri: idArbitrary.map((id) => `s3://bucket/${id}`),
    size_bytes: long,
    sha256: orNull(digits),
    content_type: orNull(fc.constantFrom('application/octet-stream', 'text/plain')),
    correlation_id: orNull(idArbitrary),
  },
  plain,
);

/** Reports of a few objects of a few trials at the same few moments, some of the same object with another content. */
export const crowdedArtifactArbitrary: fc.Arbitrary<ArtifactStored> = fc
  .tuple(
    storedArtifactArbitrary,
    fc.constantFrom('run-a', 'run-b'),
    fc.constantFrom('trial-1', 'trial-2'),
    fc.constantFrom('s3://a', 's3://b'),
    fc.nat(3),
  )
  .map(([record, model_run_id, trial_id, uri, later]) => ({
    ...record,
    model_run_id,
    trial_id,
    uri,
    timestamp: 1_760_000_000_000 + later,
    received_at: 1_760_000_000_000 + later,
  }));

/** Any dead letter: any bytes, no bytes, repeated headers. */
export const deadLetterArbitrary: fc.Arbitrary<DeadLetter> = fc.record(
  {
    topic: idArbitrary,
    partition: fc.nat(2_147_483_647),
    offset: long,
    timestamp: time,
    key: orNull(bytes),
    value: orNull(bytes),
    headers: fc.array(
      fc.record({ key: fc.oneof(fc.constant('event-id'), textArbitrary(10)), value: orNull(bytes) }, plain),
      {
        maxLength: 4,
      },
    ),
    stage: idArbitrary,
    reason: fc.constantFrom(...Object.keys(ERRORS)),
    message: textArbitrary(),
    failed_at: time,
    bytes_omitted: fc.boolean(),
    replays: fc.nat(2_147_483_647),
  },
  plain,
);

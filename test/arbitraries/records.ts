import fc from 'fast-check';
import type { DeadLetter, TrialCommand } from '../../src/avro/records.ts';
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
  },
  plain,
);

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
    replays: fc.nat(2_147_483_647),
  },
  plain,
);

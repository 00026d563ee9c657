import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OPERATIONS, TRIAL_STATUSES, type TrialReported } from '../../../src/bridge/worker/contract.ts';
import {
  encodePayload,
  runFinalized,
  runStarted,
  trialReported,
  trialStarted,
} from '../../../src/bridge/worker/payload.ts';
import { readResult } from '../../../src/bridge/worker/read-result.ts';
import { isDots } from '../../../src/events/dots.ts';
import type { JsonObject } from '../../../src/events/values.ts';

const id = fc.string({ minLength: 1, maxLength: 255 }).filter((text) => !/\p{Cc}/u.test(text) && !isDots(text));
// JSON has no -0.
const object = fc
  .dictionary(id, fc.jsonValue({ maxDepth: 3 }))
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const TRIAL: fc.Arbitrary<TrialReported> = fc.record({
  trialId: id,
  runId: id,
  status: fc.constantFrom(...TRIAL_STATUSES),
  spectralNorm: fc.boolean(),
  mlflowRunId: orNull(id),
  metrics: fc
    .dictionary(
      id.filter((name) => name !== '__proto__'),
      fc.double().map((value) => value + 0),
    )
    .map((metrics) => ({ ...metrics })),
  parameters: object,
  durationMs: orNull(fc.nat()),
  rank: orNull(fc.integer({ min: 1, max: 2 ** 31 - 1 })),
  artifactUri: orNull(id),
  warnings: fc.array(fc.string({ maxLength: 100 })),
  errorType: orNull(id),
  errorMessage: orNull(id),
});

describe('every payload fits the contract of its operation', () => {
  test('start_run', () => {
    const run = fc.record({
      runId: id,
      correlationId: id,
      trials: orNull(fc.integer({ min: 1 })),
      parallelism: orNull(fc.integer({ min: 1 })),
      searchSpace: orNull(object),
      spectralNorm: fc.constantFrom(true, false, 'both' as const),
      parameters: object,
    });
    fc.assert(
      fc.property(run, (given) => expect(encodePayload('start_run', runStarted(given))).toMatchObject({ ok: true })),
    );
  });

  test('run_trial', () => {
    const trial = fc.record({
      runId: id,
      trialId: id,
      correlationId: id,
      attempt: fc.integer({ min: 1, max: 99_999 }),
      spectralNorm: orNull(fc.boolean()),
      hyperparams: object,
      parameters: object,
    });
    fc.assert(
      fc.property(trial, (given) =>
        expect(encodePayload('run_trial', trialStarted(given))).toMatchObject({ ok: true }),
      ),
    );
  });

  test('finalize_run', () => {
    const run = fc.record({
      runId: id,
      correlationId: id,
      status: fc.constantFrom('succeeded' as const, 'failed' as const, 'cancelled' as const),
      trials: fc.dictionary(fc.constantFrom(...TRIAL_STATUSES), fc.nat()),
      bestTrialId: orNull(id),
      durationMs: orNull(fc.nat()),
      errorMessage: orNull(fc.string()),
    });
    fc.assert(
      fc.property(run, (given) =>
        expect(encodePayload('finalize_run', runFinalized(given))).toMatchObject({ ok: true }),
      ),
    );
  });

  test('record_trial, and read as a result it is the same trial', () => {
    fc.assert(
      fc.property(TRIAL, (given) => {
        const encoded = encodePayload('record_trial', trialReported(given));
        expect(encoded).toMatchObject({ ok: true });
        const call = { op: 'run_trial', modelRunId: given.runId, trialId: given.trialId } as const;
        const result = readResult(JSON.stringify({ trials: [trialReported(given)] }), call);
        const clean = given.warnings.map((text) => text.replaceAll('\0', '\ufffd'));
        expect(result).toEqual({ kind: 'read', trials: [{ ...given, warnings: clean }], run: undefined, warnings: [] });
      }),
    );
  });
});

test.each(OPERATIONS)('%s refuses a payload without its version', (op) => {
  expect(encodePayload(op, {})).toMatchObject({
    ok: false,
    why: expect.stringContaining("required property 'version'"),
  });
});

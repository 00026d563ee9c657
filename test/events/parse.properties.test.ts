import { deepStrictEqual } from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loadSchemas } from '../../src/avro/schemas.ts';
import { EVENT_NAMES, EVENT_RECORDS, type MlEvent } from '../../src/events/event.ts';
import { faultsOf } from '../../src/events/event-faults.ts';
import { canonicalJson } from '../../src/events/ids.ts';
import { eventArbitrary } from '../arbitraries/events.ts';
import { doubleArbitrary, idArbitrary, jsonObjectArbitrary, measurementsArbitrary } from '../arbitraries/values.ts';
import { flatInput, KEYS, pythonInput } from './inputs.ts';
import { receive } from './receive.ts';

const schemas = loadSchemas();

/** Received at the moment it happened. */
const receiveOf = (event: MlEvent, input: unknown) => receive(input, { receivedAt: event.timestamp });
const atReceipt = (event: MlEvent): MlEvent => ({ ...event, received_at: event.timestamp });

/** Anything JSON can hold under the keys that mean something: mostly faulty, sometimes an event. */
const scrawlArbitrary = (() => {
  const value = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom<unknown>(null, true, 'false', 0, 1, 3, -1, 0.5, 'NaN', 'completed', '', []),
    },
    { weight: 2, arbitrary: idArbitrary },
    { weight: 1, arbitrary: doubleArbitrary },
    { weight: 2, arbitrary: measurementsArbitrary },
    { weight: 1, arbitrary: jsonObjectArbitrary },
  );
  const entries = (more: fc.Arbitrary<unknown>) =>
    fc
      .array(fc.tuple(fc.constantFrom(...KEYS), more), { maxLength: 8 })
      .map((list): Record<string, unknown> => Object.fromEntries(list));
  return fc
    .tuple(fc.constantFrom(...EVENT_NAMES), entries(value), fc.option(entries(value)))
    .map(([event, outer, metadata]) => ({
      model_run_id: 'r',
      trial_id: 't',
      ...outer,
      event,
      ...(metadata && { metadata }),
    }));
})();

test('parseEvent reads the content of an event as that event', () => {
  fc.assert(
    fc.property(eventArbitrary, (event) => {
      deepStrictEqual(receiveOf(event, flatInput(event)), { ok: true, event: atReceipt(event) });
    }),
  );
});

test('parseEvent reads both shapes as the same event; metadata also keeps the fields it supplied', () => {
  fc.assert(
    fc.property(eventArbitrary, (event) => {
      const input = pythonInput(event);
      const metadata = JSON.stringify(input.metadata);
      deepStrictEqual(receiveOf(event, input), { ok: true, event: { ...atReceipt(event), metadata } });
    }),
  );
});

test('parseEvent either rejects an input with a fault, or returns a valid record that it reads as itself', () => {
  let accepted = 0;
  fc.assert(
    fc.property(scrawlArbitrary, (input) => {
      const before = canonicalJson(input);
      const parsed = receive(input);
      // Not toStrictEqual: to it two objects with a metric "constructor" that is NaN are of two types.
      deepStrictEqual(receive(input), parsed);
      expect(canonicalJson(input)).toBe(before);
      if (!parsed.ok) return expect(parsed.faults).not.toHaveLength(0);
      accepted += 1;
      expect(faultsOf(parsed.event)).toEqual([]);
      expect(schemas[EVENT_RECORDS[parsed.event.event]].type.isValid(parsed.event)).toBe(true);
      return deepStrictEqual(receive(flatInput(parsed.event)), parsed);
    }),
    { numRuns: 5_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

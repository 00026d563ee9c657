import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { EVENT_NAMES } from '../../../src/events/event.ts';
import { EVENT_LIMITS, type Fault } from '../../../src/events/fault.ts';
import { COMMON_FIELDS, EVENT_FIELDS } from '../../../src/events/fields.ts';
import { parseEvent } from '../../../src/events/parse.ts';
import { eventSchemas } from '../../../src/http/openapi/event-schemas.ts';
import { postedArbitrary } from './posted-arbitrary.ts';

const ajv = new Ajv2020({ strict: false, allErrors: false });
ajv.addSchema({ $id: 'https://thunderline.example/openapi', components: { schemas: eventSchemas(EVENT_LIMITS) } });
const fits = ajv.compile({ $ref: 'https://thunderline.example/openapi#/components/schemas/Event' });

const RECEIVED_AT = Date.UTC(2025, 9, 5);

const faultsOf = (event: unknown): readonly Fault[] => {
  const parsed = parseEvent(event, { receivedAt: RECEIVED_AT, freshId: () => '00000000-0000-7000-8000-000000000000' });
  return parsed.ok ? [] : parsed.faults;
};

/** Codes of rules that no JSON Schema can express: see `eventSchemas`. */
const BEYOND_SCHEMA: ReadonlySet<string> = new Set([
  'field_conflict',
  'invalid_unicode',
  'number_out_of_range',
  'timestamp_in_future',
  'too_deep',
]);

/** A day that no month or not this month has, or a second 60 elsewhere than at the end of a month. */
const isNoDay = ({ code }: Fault, event: unknown): boolean =>
  code === 'invalid_timestamp' && /(?:02-(?:29|30)|(?:02|04|06|09|11)-31)|:60/.test(JSON.stringify(event));

const beyondSchema = (fault: Fault, event: unknown): boolean => BEYOND_SCHEMA.has(fault.code) || isNoDay(fault, event);

describe('the schema of /openapi.json', () => {
  test('accepts what the parser accepts, and rejects what it rejects except for rules that no schema can express', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(postedArbitrary, (event) => {
        const faults = faultsOf(event);
        const expressible = faults.filter((fault) => !beyondSchema(fault, event));
        if (faults.length === 0) accepted += 1;
        else refused += 1;
        const seen = { fits: fits(event), faults: expressible, errors: fits.errors?.slice(0, 3) };
        if (faults.length === 0 || expressible.length > 0) expect(seen).toMatchObject({ fits: faults.length === 0 });
      }),
      { numRuns: 20_000 },
    );
    // A property that met only one kind would show nothing.
    expect(accepted).toBeGreaterThan(2_000);
    expect(refused).toBeGreaterThan(2_000);
  });

  test('has the fields of the parser for each event', () => {
    const schemas = eventSchemas(EVENT_LIMITS);
    for (const name of EVENT_NAMES) {
      const schema = Object.values(schemas).find(({ title }) => title === name);
      const properties = Object.keys(schema?.properties as object);
      for (const field of [...COMMON_FIELDS, ...EVENT_FIELDS[name]]) expect(properties).toContain(field.name);
    }
  });
});

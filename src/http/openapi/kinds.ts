import { DOTS } from '../../events/dots.ts';
import type { EventLimits } from '../../events/fault.ts';
import { type FieldKind, STATES } from '../../events/fields.ts';
import {
  AMOUNT_TEXT,
  ATTEMPT_RANGE,
  ATTEMPT_TEXT,
  COUNT_RANGE,
  COUNT_TEXT,
  NUMBER_TEXT,
  RANK_RANGE,
  RANK_TEXT,
  SPECIAL_VALUES,
} from '../../events/numbers.ts';
import { EPOCH_TEXT, GREATEST_TIME_MS, LEAST_EPOCH_MS } from '../../events/timestamp.ts';

/** A JSON Schema (draft 2020-12), as OpenAPI 3.1 uses it. */
export type Schema = { readonly [keyword: string]: unknown };

/** Matches texts without control characters (C0, DEL, C1). */
const NO_CONTROL = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';
/** Matches texts without NUL. */
const NO_NUL = '^[^\\u0000]*$';
const ISO_8601 =
  '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]' +
  '(([01][0-9]|2[0-3]):[0-5][0-9](:([0-5][0-9]|60)([.,][0-9]{1,9})?)?|24:00(:00([.,]0{1,9})?)?)' +
  '[ ]?(Z|z|[+-]00(:?00)?[Zz]|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?$';

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** A value that is present; null counts as absent. */
export const PRESENT: Schema = { not: { type: 'null' } };

/** A number, or the same number as text. */
const numeric = (number: Schema, text: RegExp): Schema => ({
  anyOf: [number, { type: 'string', pattern: text.source }, { type: 'null' }],
});

const integer = ([minimum, maximum]: readonly [number, number], text: RegExp): Schema =>
  numeric({ type: 'integer', minimum, maximum }, text);

/** The schema of each kind of field as `events/values.ts` reads it; null counts as absent and is allowed. */
export const kindSchemas = (limits: EventLimits): Readonly<Record<FieldKind, Schema>> => ({
  id: {
    type: ['string', 'null'],
    minLength: 1,
    maxLength: limits.maxIdLength,
    pattern: NO_CONTROL,
    not: { enum: DOTS },
  },
  name: { type: ['string', 'null'], minLength: 1, maxLength: limits.maxIdLength, pattern: NO_CONTROL },
  text: { type: ['string', 'null'], maxLength: limits.maxTextLength, pattern: NO_NUL },
  boolean: { enum: [true, false, 'true', 'false', 1, 0, null] },
  timestamp: {
    anyOf: [
      { type: 'string', pattern: ISO_8601 },
      { type: 'string', pattern: EPOCH_TEXT.source },
      { type: 'number', minimum: LEAST_EPOCH_MS, maximum: GREATEST_TIME_MS },
      { type: 'null' },
    ],
  },
  amount: numeric({ type: 'number', minimum: 0 }, AMOUNT_TEXT),
  count: integer(COUNT_RANGE, COUNT_TEXT),
  rank: integer(RANK_RANGE, RANK_TEXT),
  attempt: integer(ATTEMPT_RANGE, ATTEMPT_TEXT),
  // An epoch is rounded down, so it may exceed the greatest count by less than one.
  epoch: numeric({ type: 'number', minimum: 0, exclusiveMaximum: COUNT_RANGE[1] + 1 }, AMOUNT_TEXT),
  state: { enum: [...STATES, null] },
  measurements: {
    type: ['object', 'null'],
    maxProperties: limits.maxMetrics,
    propertyNames: ref('MetricName'),
    additionalProperties: { anyOf: [ref('MetricValue'), { type: 'null' }] },
  },
  json: { type: ['object', 'null'], propertyNames: { pattern: NO_NUL }, additionalProperties: ref('Json') },
});

/** Schemas that the schemas of the kinds refer to. */
export const sharedSchemas = (limits: EventLimits): Readonly<Record<string, Schema>> => ({
  MetricName: {
    description: 'The name of a metric.',
    minLength: 1,
    maxLength: limits.maxIdLength,
    pattern: NO_CONTROL,
    not: { const: '__proto__' },
  },
  MetricValue: {
    description:
      'A double, as a number or as text; true is 1 and false is 0. JSON has neither NaN nor infinities: send them as text.',
    anyOf: [
      { type: ['number', 'boolean'] },
      { type: 'string', pattern: NUMBER_TEXT.source },
      { enum: [...SPECIAL_VALUES.keys()] },
    ],
  },
  Json: {
    description: `Any JSON, nested at most ${limits.maxDepth} deep, with at most ${limits.maxKeys} entries in all. No text in it contains NUL.`,
    pattern: NO_NUL,
    items: ref('Json'),
    propertyNames: { pattern: NO_NUL },
    additionalProperties: ref('Json'),
  },
});

import { ref, type Schema } from '../http/openapi/kinds.ts';

export const TEXT: Schema = { type: 'string' };
export const NUMBER: Schema = { type: 'number' };
export const TEXT_OR_NULL: Schema = { type: ['string', 'null'] };
export const NUMBER_OR_NULL: Schema = { type: ['number', 'null'] };
export const TIME_OR_NULL: Schema = { type: ['string', 'null'], format: 'date-time' };
export const COUNT: Schema = { type: 'integer', minimum: 0 };
export const arrayOf = (items: Schema): Schema => ({ type: 'array', items });
export const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });

/** An object with exactly these members. */
export const members = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
  additionalProperties: false,
});

/** The member that states how far the tables had the topics. */
export const AS_OF = { as_of: ref('AsOf') };

export const RESOLUTION = {
  enum: ['exact', 'rolled_up'],
  description: '`rolled_up` where points are older than METRICS_RAW_DAYS and were read from their roll-ups.',
};

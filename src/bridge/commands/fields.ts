import type { EventLimits, Faults } from '../../events/fault.ts';
import { isObject, present as isPresent, type JsonObject, type Reader, wrongType } from '../../events/values.ts';

/** A field of a request: its reader, and whether it must be given. */
export interface FieldRule<T = unknown> {
  readonly read: Reader<T>;
  readonly required?: true;
}

export type FieldRules = Readonly<Record<string, FieldRule>>;

/** The values of the fields that are given and correct; null counts as absent. */
export type FieldsOf<Rules extends FieldRules> = {
  readonly [Name in keyof Rules]?: Rules[Name] extends FieldRule<infer T> ? T : never;
};

export const requiredField = <T>(read: Reader<T>): FieldRule<T> => ({ read, required: true });
export const optionalField = <T>(read: Reader<T>): FieldRule<T> => ({ read });

/** A field that another reader reads. */
export const unreadField: FieldRule = { read: (value) => value };

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/**
 * Reads an object that has these fields and no others: a misspelt `paralellism` is a fault, not a study without a limit.
 * Adds every fault; returns undefined if the value is no object.
 */
export function readFields<Rules extends FieldRules>(
  value: unknown,
  path: string,
  rules: Rules,
  faults: Faults,
  limits: EventLimits,
): FieldsOf<Rules> | undefined {
  if (!isObject(value)) return faults.add('invalid_type', path, wrongType('an object', value));
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(rules, name)) continue;
    const fields = Object.keys(rules).join(', ');
    faults.add('invalid_value', join(path, name.slice(0, 100)), `is not a field here; the fields are ${fields}`);
  }
  const entries = Object.entries(rules).flatMap(([name, rule]): [string, unknown][] => {
    const given = Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
    if (isPresent(given)) return [[name, rule.read(given, join(path, name), faults, limits)]];
    if (rule.required) faults.add('missing_field', join(path, name), 'is required');
    return [];
  });
  return Object.fromEntries(entries) as FieldsOf<Rules>;
}

/** An integer within bounds, both included, as a JSON number. */
export const integerFrom =
  (least: number, greatest: number): Reader<number> =>
  (value, path, faults) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= greatest) return value + 0;
    const code = typeof value === 'number' ? 'invalid_value' : 'invalid_type';
    return faults.add(code, path, `expected an integer from ${least} to ${greatest}`);
  };

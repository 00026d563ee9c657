import { ExactInteger } from './exact-number.ts';
import type { EventLimits, Faults } from './fault.ts';
import { isObject, type JsonObject, type Reader, wrongType } from './values.ts';

/** A free-form JSON object within the bounds of depth and entries, in well-formed Unicode, every number a double. */
export const readJsonObject: Reader<JsonObject> = (value, path, faults, limits) => {
  if (!isObject(value)) return faults.add('invalid_type', path, wrongType('an object', value));
  return countEntries(value, path, faults, limits) === undefined ? undefined : value;
};

/**
 * Checks a free-form JSON object and returns the number of its entries, those of nested objects and arrays included;
 * undefined, with the fault noted, when it breaks a rule. Without recursion, so that depth costs no stack.
 */
export function countEntries(root: JsonObject, path: string, faults: Faults, limits: EventLimits): number | undefined {
  let entries = 0;
  let level: unknown[] = [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limits.maxDepth) {
      return faults.add('too_deep', path, `is nested deeper than ${limits.maxDepth} levels`);
    }
    const next: unknown[] = [];
    for (const node of level) {
      const isArray = Array.isArray(node);
      for (const key in node as object) {
        const item = (node as Record<string, unknown>)[key];
        entries += 1;
        if (!isArray && !isPlain(key)) return addNotPlain(key, path, faults);
        if (typeof item === 'string') {
          if (!isPlain(item)) return addNotPlain(item, path, faults);
        } else if (typeof item === 'number') {
          if (!Number.isFinite(item)) {
            return faults.add(
              'number_out_of_range',
              path,
              `${isArray ? `element ${key}` : key.slice(0, 100)} is outside the range of a double; send it as text`,
            );
          }
        } else if (typeof item === 'object' && item !== null && !(item instanceof ExactInteger)) next.push(item);
      }
    }
    if (entries > limits.maxKeys) return faults.add('too_many', path, `has more than ${limits.maxKeys} entries`);
    level = next;
  }
  return entries;
}

/** Text that UTF-8 and Postgres (jsonb refuses NUL) can both hold. */
const isPlain = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

const addNotPlain = (text: string, path: string, faults: Faults): undefined =>
  text.isWellFormed()
    ? faults.add('control_character', path, 'must not contain the character NUL')
    : faults.add('invalid_unicode', path, 'contains an unpaired surrogate');

import type { IncomingMessage } from 'node:http';
import { EVENT_LIMITS, Faults } from '../events/fault.ts';
import { readName } from '../events/values.ts';
import { Problem } from '../http/problem.ts';
import { queryOf } from '../http/route.ts';

/** Values of one parameter. */
export const MOST_VALUES = 500;

export const malformed = (message: string): Problem => new Problem('malformed_request', message);

/** The parameters of a request, by name. Throws the `Problem` malformed_request for one that the route does not have. */
export class QueryReader {
  readonly #given = new Map<string, string[]>();

  /** @param prefixes starts of the names of parameters that have a name of the data in them, such as `metric.`. */
  constructor(request: IncomingMessage, names: readonly string[], prefixes: readonly string[] = []) {
    for (const [name, value] of queryOf(request)) {
      const isKnown = names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix) && name !== prefix);
      if (!isKnown) {
        const all = [...names, ...prefixes.map((prefix) => `${prefix}NAME`)];
        throw malformed(`there is no parameter ${name.slice(0, 100)}; this route has ${all.join(', ')}`);
      }
      if (value.includes('\0') || name.includes('\0')) throw malformed(`the parameter ${quoted(name)} contains NUL`);
      const values = this.#given.get(name) ?? [];
      if (values.length === MOST_VALUES)
        throw malformed(`the parameter ${name} is given more than ${MOST_VALUES} times`);
      this.#given.set(name, [...values, value]);
    }
  }

  /** All parameters that have values, in the order of the request. */
  entries(): readonly (readonly [name: string, values: readonly string[]])[] {
    return [...this.#given];
  }

  many(name: string): readonly string[] {
    return this.#given.get(name) ?? [];
  }

  /** Ids, none of which is empty: an empty one would match nothing, without a word. */
  ids(name: string): readonly string[] {
    const values = this.many(name);
    if (values.includes('')) throw malformed(`the parameter ${name} is empty; leave it out to match all`);
    return values;
  }

  one(name: string): string | undefined {
    const [value, ...more] = this.many(name);
    if (more.length > 0) throw malformed(`the parameter ${name} is given twice`);
    return value;
  }

  /** An integer from `least` to `most`. */
  integer(name: string, { least, most }: { readonly least: number; readonly most: number }): number | undefined {
    const text = this.one(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : -1;
    if (value >= least && value <= most) return value;
    throw malformed(`the parameter ${name} must be an integer from ${least} to ${most}`);
  }

  /** A time in epoch milliseconds, of ISO 8601. */
  time(name: string): Date | undefined {
    const text = this.one(name);
    if (text === undefined) return undefined;
    const isIso = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/i.test(text);
    const time = new Date(isIso ? text : Number.NaN);
    if (!Number.isNaN(time.getTime())) return time;
    throw malformed(`the parameter ${name} must be a time such as 2026-10-05T14:03:21Z`);
  }

  /** One of a closed list. */
  choice<Value extends string>(name: string, values: readonly Value[]): Value | undefined {
    const text = this.one(name);
    return text === undefined ? undefined : choiceOf(name, text, values);
  }

  choices<Value extends string>(name: string, values: readonly Value[]): readonly Value[] {
    return this.many(name).map((text) => choiceOf(name, text, values));
  }
}

function choiceOf<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const value = values.find((one) => one === text);
  if (value !== undefined) return value;
  throw malformed(`the parameter ${name} must be one of ${values.join(', ')}`);
}

/** A text of the client in a message, on one line and bounded. */
export const quoted = (text: string): string => JSON.stringify(text.slice(0, 100));

/** The id of a run or trial in a path. Throws the `Problem` malformed_request for one that no stored event can have. */
export function idOf(parameters: Readonly<Record<string, string>>, name: string, field: string): string {
  const id = parameters[name] ?? '';
  const faults = new Faults(1);
  readName(id, field, faults, EVENT_LIMITS);
  const [fault] = faults.list;
  if (fault !== undefined) throw malformed(`the ${fault.path} in the path ${fault.message}`);
  return id;
}

import type { IncomingMessage } from 'node:http';
import { Problem } from '../http/problem.ts';
import { queryOf } from '../http/route.ts';

/**
 * The parameters of a query, which may be these. Throws the `Problem` malformed_request for another one, or one given twice:
 * a misspelt parameter would otherwise be ignored.
 */
export function readQuery<Name extends string>(
  request: IncomingMessage,
  names: readonly Name[],
): Readonly<Partial<Record<Name, string>>> {
  const given: Partial<Record<string, string>> = {};
  for (const [name, value] of queryOf(request)) {
    if (!names.some((known) => known === name)) {
      throw malformed(`there is no parameter ${name.slice(0, 100)}; this route has ${names.join(', ')}`);
    }
    if (given[name] !== undefined) throw malformed(`the parameter ${name} is given twice`);
    given[name] = value;
  }
  return given as Partial<Record<Name, string>>;
}

const malformed = (message: string): Problem => new Problem('malformed_request', message);

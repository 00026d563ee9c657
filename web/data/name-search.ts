import { linearPattern } from './linear-pattern.ts';

/** Characters of an expression and of a name that count; a name has at most as many. */
const MOST_CHARACTERS = 255;

const expressionOf = (search: string): string | undefined => /^\/(.*)\/$/.exec(search)?.[1];

/** The names that a search selects: a part of the name in any case, or `/expression/`. An invalid expression selects none. */
export function searchNames(names: readonly string[], search: string): readonly string[] {
  const isFound = nameMatcher(search);
  return names.filter(isFound);
}

export function nameMatcher(search: string): (name: string) => boolean {
  const expression = expressionOf(search);
  if (expression === undefined) {
    const part = search.toLowerCase();
    return (name) => name.toLowerCase().includes(part);
  }
  const isFound = expression.length > MOST_CHARACTERS ? undefined : linearPattern(expression);
  return (name) => isFound?.(name.slice(0, MOST_CHARACTERS)) ?? false;
}

/** Why a search can select nothing; undefined for one that can. */
export function searchFault(search: string): string | undefined {
  const expression = expressionOf(search);
  if (expression === undefined) return undefined;
  if (expression.length > MOST_CHARACTERS) {
    return `The expression has ${expression.length} characters; the maximum is ${MOST_CHARACTERS}.`;
  }
  if (linearPattern(expression) !== undefined) return undefined;
  return 'The regular expression is invalid or too large. It may contain characters, classes such as [a-z] and \\d, groups, |, repetitions, ^ and $, but no look-around and no back-references.';
}

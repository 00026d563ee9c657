/**
 * The checks whose names contain one of the texts, all of them without a text. Throws for a text that no name contains: a misspelled
 * one would select nothing, and the suite would pass.
 */
export function selectChecks<C extends { readonly name: string }>(
  checks: readonly C[],
  texts: readonly string[],
): readonly C[] {
  const unknown = texts.filter((text) => !checks.some(({ name }) => name.includes(text)));
  if (unknown.length > 0) {
    const names = checks.map(({ name }) => `  ${name}`).join('\n');
    throw new Error(
      `No check has a name with ${unknown.map((text) => `"${text}"`).join(' or ')}. The checks are:\n${names}`,
    );
  }
  return checks.filter(({ name }) => texts.length === 0 || texts.some((text) => name.includes(text)));
}

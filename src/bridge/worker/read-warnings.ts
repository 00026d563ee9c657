const MAX_WARNINGS = 100;
const MAX_LENGTH = 2_000;

/** Text that JSON in Postgres can hold, cut to a length. */
export function boundedText(text: string, maxLength: number): string {
  const clean = text.replaceAll('\0', '\ufffd').toWellFormed();
  // A cut can halve a surrogate pair.
  return clean.length > maxLength ? `${clean.slice(0, maxLength - 1).toWellFormed()}…` : clean;
}

/** The warnings of a result or a trial: a list of texts, one text, or none. The number and the length are bounded. */
export function readWarnings(warnings: unknown): readonly string[] {
  if (typeof warnings === 'string') return warnings === '' ? [] : [boundedText(warnings, MAX_LENGTH)];
  if (!Array.isArray(warnings)) return [];
  const kept = warnings.slice(0, MAX_WARNINGS).map((warning) => boundedText(String(warning), MAX_LENGTH));
  return warnings.length > MAX_WARNINGS ? [...kept, `[${warnings.length - MAX_WARNINGS} more warnings]`] : kept;
}

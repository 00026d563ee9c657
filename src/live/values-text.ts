/** Metric values as JSON, those of `names` only where they are given. NaN and infinities are text. */
export function valuesText(values: Readonly<Record<string, number>>, names?: ReadonlySet<string>): string {
  let text = '{';
  for (const name in values) {
    if (names !== undefined && !names.has(name)) continue;
    const value = values[name] as number;
    text += `${text === '{' ? '' : ','}${JSON.stringify(name)}:${Number.isFinite(value) ? value : `"${value}"`}`;
  }
  return `${text}}`;
}

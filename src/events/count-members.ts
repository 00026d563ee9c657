/** The number of members of all objects in a parsed value. Recursive: the depth of the value must be bounded. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countMembers(item);
    return count;
  }
  // Parsed JSON inherits nothing enumerable, so this is every own key.
  for (const key in value) {
    count += 1;
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === 'object') count += countMembers(item);
  }
  return count;
}

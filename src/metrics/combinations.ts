/** Every combination of one value of each name: `{ a: ['1', '2'], b: ['x'] }` gives `{ a: '1', b: 'x' }` and `{ a: '2', b: 'x' }`. */
export function combinations(
  values: Readonly<Record<string, readonly string[]>>,
): readonly Readonly<Record<string, string>>[] {
  return Object.entries(values).reduce<readonly Readonly<Record<string, string>>[]>(
    (before, [name, list]) => before.flatMap((one) => list.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

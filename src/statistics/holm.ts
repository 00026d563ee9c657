/** The p-values of several tests, adjusted by Holm: each is a bound for the chance of any false finding among them. In their order. */
export function holm(values: readonly number[]): readonly number[] {
  const order = values.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(values.length).fill(1);
  let greatest = 0;
  order.forEach(({ p, index }, rank) => {
    greatest = Math.min(1, Math.max(greatest, p * (values.length - rank)));
    adjusted[index] = greatest;
  });
  return adjusted;
}

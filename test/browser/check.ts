import type { PagesWorld } from '../pages/pages-world.ts';

/** One proof in a real browser. It throws if it fails, and returns a figure worth stating, if it has one. */
export interface Check {
  readonly name: string;
  readonly run: (world: PagesWorld) => Promise<string | undefined>;
}

export function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Posts many events in batches of a thousand. */
export async function postAll(world: PagesWorld, events: readonly object[]): Promise<void> {
  for (let at = 0; at < events.length; at += 1_000) await world.post(...events.slice(at, at + 1_000));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

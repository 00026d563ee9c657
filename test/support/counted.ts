interface Series {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
}

/** The series of a counter that have counted: those of closed lists exist at 0 from the start. */
export async function counted(counter: { get(): Promise<{ readonly values: readonly unknown[] }> }): Promise<Series[]> {
  return ((await counter.get()).values as readonly Series[]).filter(({ value }) => value > 0);
}

/** Checks one dependency or one part of this process. */
export interface Probe {
  readonly name: string;
  /** The problem in words; undefined when there is none. A rejection counts as a problem. */
  check(): Promise<string | undefined>;
}

export interface Health {
  readonly ok: boolean;
  /** Each probe's problem, or null. */
  readonly checks: Readonly<Record<string, string | null>>;
}

/** Runs all probes at once; a probe that does not answer within `timeoutMs` counts as a problem. */
export async function checkHealth(probes: readonly Probe[], timeoutMs = 2_000): Promise<Health> {
  const entries = await Promise.all(
    probes.map(async ({ name, check }): Promise<[string, string | null]> => {
      const late = Promise.withResolvers<string>();
      const timer = setTimeout(() => late.resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
      try {
        return [name, (await Promise.race([check(), late.promise])) ?? null];
      } catch (error) {
        return [name, (error as Error).message];
      } finally {
        clearTimeout(timer);
      }
    }),
  );
  return { ok: entries.every(([, problem]) => problem === null), checks: Object.fromEntries(entries) };
}

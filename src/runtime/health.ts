/** Checks one dependency or one part of this process. */
export interface Probe {
  readonly name: string;
  /** The problem in words; undefined when there is none. A rejection counts as a problem. */
  check(): Promise<string | undefined>;
  /** Its problem is reported, and the process stays in service. */
  readonly degrades?: boolean;
}

export interface Health {
  /** False if a probe that does not only degrade has a problem. */
  readonly ok: boolean;
  /** Present if a probe that degrades has a problem: a part of the process waits, and the others work. */
  readonly degraded?: true;
  /** Each probe's problem, or null. */
  readonly checks: Readonly<Record<string, string | null>>;
}

/** Runs all probes at once; a probe that does not answer within `timeoutMs` counts as a problem. */
export async function checkHealth(probes: readonly Probe[], timeoutMs = 2_000): Promise<Health> {
  const entries = await Promise.all(
    probes.map(async ({ name, check }): Promise<readonly [string, string | null]> => {
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
  const hasProblem = (degrades: boolean): boolean =>
    probes.some((probe, index) => (probe.degrades ?? false) === degrades && entries[index]?.[1] !== null);
  return {
    ok: !hasProblem(false),
    ...(hasProblem(true) && { degraded: true }),
    checks: Object.fromEntries(entries),
  };
}

import type { Config } from '../../config.ts';
import type { Connections } from '../../connections.ts';
import type { Role } from '../../roles/role.ts';

/** The result of one check, and what to do about it. */
export type Finding =
  | { readonly status: 'pass'; readonly detail: string }
  | { readonly status: 'warn' | 'fail'; readonly detail: string; readonly remedy: string };

export const pass = (detail: string): Finding => ({ status: 'pass', detail });
export const warn = (detail: string, remedy: string): Finding => ({ status: 'warn', detail, remedy });
export const fail = (detail: string, remedy: string): Finding => ({ status: 'fail', detail, remedy });

export interface CheckContext {
  readonly config: Config;
  readonly connections: Connections;
  /** The variables that workers inherit. */
  readonly workerEnvironment: Readonly<Record<string, string>>;
  /** The roles that the process is to have; undefined checks for a whole system, as an operator. */
  readonly roles: readonly Role[] | undefined;
}

/** One check of the environment. It changes nothing. */
export interface Check {
  readonly title: string;
  /** The remedy if the check throws, or does not end. */
  readonly remedy: string;
  /** Time for it, in milliseconds. */
  readonly timeoutMs: number;
  run(context: CheckContext): Promise<Finding>;
}

export interface CheckResult {
  readonly title: string;
  readonly finding: Finding;
  readonly durationMs: number;
}

/** Runs a check. A check that throws, or does not end in time, has failed. */
export async function runCheck(check: Check, context: CheckContext): Promise<CheckResult> {
  const beganAtMs = performance.now();
  const timeout = Promise.withResolvers<Finding>();
  const late = (): void => timeout.resolve(fail(`no answer within ${check.timeoutMs / 1_000} s`, check.remedy));
  const timer = setTimeout(late, check.timeoutMs);
  const finding = await Promise.race([
    check.run(context).catch((error: unknown) => fail((error as Error).message, check.remedy)),
    timeout.promise,
  ]);
  clearTimeout(timer);
  return { title: check.title, finding, durationMs: Math.round(performance.now() - beganAtMs) };
}

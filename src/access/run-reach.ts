import type { Access } from './access.ts';
import { AccessRefused } from './access-refused.ts';

/** Whether the caller may write, read and command this run. */
export const reachesRun = (access: Pick<Access, 'runPrefix'>, modelRunId: string): boolean =>
  modelRunId.startsWith(access.runPrefix);

/** Throws {@link AccessRefused} `forbidden` unless the caller reaches this run. */
export function requireRun(access: Pick<Access, 'runPrefix'>, modelRunId: string): void {
  if (!reachesRun(access, modelRunId)) throw new AccessRefused('forbidden', beyondPrefix(access.runPrefix));
}

/** The sentence for a run that a key does not reach. It names the prefix only: the key's holder may know that. */
export const beyondPrefix = (runPrefix: string): string =>
  `this API key is for runs whose model_run_id starts with ${JSON.stringify(runPrefix)}`;

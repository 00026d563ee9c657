import type { Fault } from '../events/fault.ts';
import type { Access } from './access.ts';
import { AccessRefused } from './access-refused.ts';

/** Whether the caller may write, read and command this run. */
export const reachesRun = (access: Pick<Access, 'runPrefix'>, modelRunId: string): boolean =>
  modelRunId.startsWith(access.runPrefix);

/** Throws {@link AccessRefused} `forbidden` unless the caller reaches this run. */
export function requireRun(access: Caller, modelRunId: string): void {
  if (!reachesRun(access, modelRunId)) throw refused(access, beyondPrefix(access.runPrefix));
}

/** Throws {@link AccessRefused} `forbidden` unless the caller reaches every run: for what concerns the whole server. */
export function requireEveryRun(access: Caller): void {
  if (access.runPrefix === '') return;
  throw refused(
    access,
    `${beyondPrefix(access.runPrefix)}; this route concerns all runs, and needs a key without --run`,
  );
}

type Caller = Pick<Access, 'runPrefix' | 'noteRefusal'>;

function refused(access: Caller, message: string): AccessRefused {
  access.noteRefusal('forbidden');
  return new AccessRefused('forbidden', message);
}

/** The fault of an event whose run the caller does not reach. */
export const faultOfRun = ({ runPrefix }: Pick<Access, 'runPrefix'>): Fault => ({
  code: 'run_out_of_reach',
  path: 'model_run_id',
  message: `must start with ${JSON.stringify(runPrefix)}: this API key is bound to such runs`,
});

/** The sentence for a run that a key does not reach. It names the prefix only: the key's holder may know that. */
const beyondPrefix = (runPrefix: string): string =>
  `this API key is for runs whose model_run_id starts with ${JSON.stringify(runPrefix)}`;

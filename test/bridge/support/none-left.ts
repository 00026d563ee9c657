import { markOf, thisBridge } from '../../../src/bridge/process/keeper-mark.ts';
import { markedProcesses } from '../../../src/bridge/process/kill-marked.ts';

/** Fails if a process is left that was started under a keeper of this process. */
export async function expectNoneLeft(): Promise<void> {
  const mine = markOf(thisBridge(), '');
  const left = await markedProcesses((mark) => mark.startsWith(mine));
  if (left.length > 0) throw new Error(`processes are left in /proc: ${left.join(', ')}`);
}

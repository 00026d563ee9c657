import { processStat } from '../../src/process-stat.ts';
import { processesWith } from '../bridge/support/processes.ts';

/** The warm workers of one process, without their keepers: other programs on the machine may have workers of the same script. */
export function warmWorkersOf(bridge: number): readonly number[] {
  const keepers = new Set(processesWith('keeper.py'));
  const isBelow = (pid: number): boolean => {
    const parent = parentOf(pid);
    return parent === bridge || (parent > 1 && isBelow(parent));
  };
  return processesWith('study_worker.py').filter((pid) => !keepers.has(pid) && isBelow(pid));
}

const parentOf = (pid: number): number => Number(processStat(pid)?.[1]);

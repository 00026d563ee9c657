import { setTimeout as delay } from 'node:timers/promises';
import { processesWith } from '../../bridge/support/processes.ts';
import type { RoleProcess } from './role-process.ts';

/** Longer than a lease: the trials of a frozen bridge run elsewhere before it continues. */
const FREEZE_MS = 8_000;

export interface BridgeStorm {
  /** The number of faults of each kind so far. */
  readonly faults: Readonly<Record<string, number>>;
  /** Ends the storm. Resolves with the bridges that run, none of them suspended. */
  stop(): Promise<readonly RoleProcess[]>;
}

/**
 * Kills or suspends a bridge, a worker or a keeper every `everyMs`, by turns. A killed bridge is replaced.
 *
 * @param tag an argument of every worker.
 */
export function startBridgeStorm(
  first: readonly RoleProcess[],
  startBridge: () => Promise<RoleProcess>,
  { tag, everyMs }: { readonly tag: string; readonly everyMs: number },
): BridgeStorm {
  const bridges = [...first];
  const counts: Record<string, number> = {};
  const thaws = new Set<Promise<void>>();
  let round = 0;
  let isOver = false;

  /** Victims are taken by turns as well. */
  const one = <T>(from: readonly T[]): T | undefined => from[round % Math.max(1, from.length)];

  function signal(pid: number | undefined, name: NodeJS.Signals): boolean {
    try {
      return pid !== undefined && process.kill(pid, name);
    } catch {
      // It has just ended.
      return false;
    }
  }

  function ofWorkers(isKeeper: boolean): readonly number[] {
    const [keepers, serving] = [processesWith('keeper.py'), processesWith('--serve')];
    return processesWith(tag).filter((pid) => keepers.includes(pid) === isKeeper && serving.includes(pid));
  }

  const FAULTS: Readonly<Record<string, () => Promise<boolean>>> = {
    async 'bridge killed'() {
      const victim = one(bridges);
      if (victim === undefined) return false;
      bridges.splice(bridges.indexOf(victim), 1);
      await victim.kill();
      bridges.push(await startBridge());
      return true;
    },
    'worker killed': async () => signal(one(ofWorkers(false)), 'SIGKILL'),
    async 'bridge suspended'() {
      const victim = one(bridges);
      if (victim === undefined) return false;
      victim.signal('SIGSTOP');
      const thaw = delay(FREEZE_MS).then(() => {
        victim.signal('SIGCONT');
        thaws.delete(thaw);
      });
      thaws.add(thaw);
      return true;
    },
    'worker suspended': async () => signal(one(ofWorkers(false)), 'SIGSTOP'),
    'keeper killed': async () => signal(one(ofWorkers(true)), 'SIGKILL'),
  };

  const kinds = Object.keys(FAULTS);
  const blowing = (async () => {
    for (; !isOver; round += 1) {
      const kind = kinds[round % kinds.length] ?? '';
      if (await FAULTS[kind]?.()) counts[kind] = (counts[kind] ?? 0) + 1;
      await delay(everyMs);
    }
  })();

  return {
    faults: counts,
    async stop() {
      isOver = true;
      await blowing;
      await Promise.all(thaws);
      return bridges;
    },
  };
}

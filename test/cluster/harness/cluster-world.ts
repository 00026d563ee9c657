import { createFaultWorld, type FaultWorld } from '../../faults/harness/fault-world.ts';
import { stopLoads } from './steady-load.ts';

/** The brokers of this run, for tests to break. */
export const brokers = globalThis.brokersOfTests;

/** Topics, groups and a database for one file, and the processes that work on them; at its end all brokers run again. */
export async function createClusterWorld(settings: Readonly<Record<string, string>> = {}): Promise<FaultWorld> {
  const world = await createFaultWorld(settings, () => brokers.heal());
  return {
    ...world,
    close() {
      stopLoads();
      return world.close();
    },
  };
}

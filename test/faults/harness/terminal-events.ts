import type { FaultWorld } from './fault-world.ts';
import { readTopic } from './read-topic.ts';

const TERMINAL = new Set(['ml.trial.complete', 'ml.trial.failed', 'ml.run.stop']);

/** The ids of the terminal events in `ml.events`, by the key of their records: `run/trial`. */
export async function terminalEvents(world: FaultWorld): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const ids = new Map<string, Set<string>>();
  for (const { key, headers } of await readTopic(world, 'ml.events')) {
    if (!TERMINAL.has(String(headers.event))) continue;
    const name = String(key);
    ids.set(name, (ids.get(name) ?? new Set()).add(String(headers['event-id'])));
  }
  return ids;
}

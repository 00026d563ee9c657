import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { OutageLog } from '../outage-log.ts';

/** One repeated observation. */
export interface Observation {
  /** Its label in `observer_success_timestamp_seconds`. */
  readonly task: 'groups' | 'dead_letters' | 'database' | 'retention' | 'certificates';
  readonly everyMs: number;
  /** Observes once. The connections that it needs may not exist yet. */
  readonly look: (signal: AbortSignal) => Promise<void>;
  /**
   * Removes its gauges. Called when observations have failed for a while, so that an old value is not mistaken for a
   * current one.
   */
  readonly clear: () => void;
}

/** The subject of each task, for the log. */
const WHAT: Readonly<Record<Observation['task'], string>> = {
  groups: 'the consumer groups',
  dead_letters: 'the dead letters',
  database: 'the state of the database',
  retention: 'the retention of metric points',
  certificates: 'the certificates of servers',
};

/** Age of the last success at which the values are removed. */
const STALE_MS = 60_000;

/** Repeats the observations, each on its own: one that waits or fails holds up no other. */
export function startObserving(
  observations: readonly Observation[],
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const outages = new OutageLog(log);

  async function repeat({ task, everyMs, look, clear }: Observation): Promise<void> {
    let succeededAt = Date.now();
    // A task that has never succeeded would have no series, and an alert about its age could not fire.
    metrics.observerSuccess.set({ task }, succeededAt / 1_000);
    while (!stopping.signal.aborted) {
      try {
        await look(stopping.signal);
        succeededAt = Date.now();
        metrics.observerSuccess.set({ task }, succeededAt / 1_000);
        outages.recovered(task, { task }, `the observer can read ${WHAT[task]} again`);
      } catch (cause) {
        if (stopping.signal.aborted) return;
        outages.failed(task, { task, cause }, `the observer cannot read ${WHAT[task]}`);
        if (Date.now() - succeededAt > Math.max(STALE_MS, 3 * everyMs)) clear();
      }
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const running = observations.map(repeat);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { createPoster } from '../../src/fleet/poster.ts';

export const EVENTS_PER_SECOND = 1_000;
export const TRIALS = 20;
export const RUN = 'live';
const TICK_MS = 5;
const CONNECTIONS = 64;

/** Metric events that are posted at a steady rate: trial `t0` to `t19`, steps from 0 on. */
export interface Posting {
  /** The time at which the post of a point started, of `performance.now()`. */
  postedAt(trial: string, step: number): number | undefined;
  /** Points of each trial so far. */
  stepsOf(trial: string): number;
  /** Resolves when every post is answered; throws unless all events were accepted. */
  stop(): Promise<void>;
}

/** @param batch events of one request. */
export function postPoints(gatewayUrl: string, batch: number): Posting {
  const poster = createPoster({ gatewayUrl, connections: CONNECTIONS, timeoutMs: 30_000 });
  const times = Array.from({ length: TRIALS }, (): number[] => []);
  const underWay = new Set<Promise<void>>();
  const refused: string[] = [];
  let isStopped = false;

  function next(number: number): object {
    const trial = number % TRIALS;
    const step = (times[trial]?.push(performance.now()) ?? 1) - 1;
    const measurements = { loss: 1 / (step + 1) };
    return { event: 'ml.run.metric', model_run_id: RUN, trial_id: `t${trial}`, step, measurements };
  }

  async function post(first: number): Promise<void> {
    const events = Array.from({ length: batch }, (_, index) => next(first + index));
    const answer = await poster.post(JSON.stringify(batch === 1 ? events[0] : events));
    if (answer.kind !== 'answered' || answer.status !== 202) refused.push(JSON.stringify(answer));
  }

  async function postAll(): Promise<void> {
    const started = performance.now();
    for (let sent = 0; !isStopped; ) {
      const due = ((performance.now() - started) * EVENTS_PER_SECOND) / 1_000;
      for (; sent + batch <= due; sent += batch) {
        const one = post(sent).finally(() => underWay.delete(one));
        underWay.add(one);
      }
      await sleep(TICK_MS);
    }
  }

  const posting = postAll();
  return {
    postedAt: (trial, step) => times[Number(trial.slice(1))]?.[step],
    stepsOf: (trial) => times[Number(trial.slice(1))]?.length ?? 0,
    async stop() {
      isStopped = true;
      await posting;
      await Promise.all(underWay);
      poster.close();
      if (refused.length > 0) throw new Error(`${refused.length} requests were not accepted: ${refused[0]}`);
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadTally } from './load-tally.ts';
import type { Poster } from './poster.ts';

export interface LoadPlan {
  readonly seconds: number;
  /** Requests under way at the same time, at most. */
  readonly connections: number;
  /** Requests a second, at even intervals. Without it each connection posts again as soon as it has its answer. */
  readonly requestsPerSecond?: number | undefined;
}

/** Requests that may wait for each connection. Without a bound, a gateway that does not answer would fill the memory. */
const MAX_WAITING = 10;
const TICK_MS = 1;

/** Posts `bodies` in turn until the time is over or the signal aborts, and waits for the last answers. */
export async function runLoad(
  plan: LoadPlan,
  bodies: readonly string[],
  poster: Poster,
  tally: LoadTally,
  signal: AbortSignal,
): Promise<void> {
  const endsAtMs = tally.startedAtMs + plan.seconds * 1_000;
  const isOver = (): boolean => signal.aborted || performance.now() >= endsAtMs;
  let next = 0;

  async function postNext(dueAtMs: number): Promise<void> {
    next = (next + 1) % bodies.length;
    const answer = await poster.post(bodies[next] ?? '');
    tally.record(answer, dueAtMs);
    // The gateway's own count: events that it rejected are not in it.
    if (answer.kind === 'answered') tally.accepted += Number(/"accepted":(\d+)/.exec(answer.body)?.[1] ?? 0);
  }

  async function postOnAndOn(): Promise<void> {
    while (!isOver()) await postNext(performance.now());
  }

  async function postAtRate(requestsPerSecond: number): Promise<void> {
    const underWay = new Set<Promise<void>>();
    for (let sent = 0, isLast = false; !isLast && !signal.aborted; await sleep(TICK_MS)) {
      // A stall of this process does not change the number of requests: those that became due meanwhile are sent too.
      isLast = isOver();
      const due = Math.min(tally.seconds, plan.seconds) * requestsPerSecond;
      for (; sent < due; sent += 1) {
        if (underWay.size >= plan.connections * MAX_WAITING) {
          tally.skipped += 1;
          continue;
        }
        const post = postNext(tally.startedAtMs + (sent / requestsPerSecond) * 1_000);
        underWay.add(post);
        void post.then(() => underWay.delete(post));
      }
    }
    await Promise.all(underWay);
  }

  if (plan.requestsPerSecond !== undefined) return postAtRate(plan.requestsPerSecond);
  await Promise.all(Array.from({ length: plan.connections }, postOnAndOn));
}

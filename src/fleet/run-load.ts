import { setTimeout as sleep } from 'node:timers/promises';
import { Latencies } from './latencies.ts';
import type { Answer, Poster } from './poster.ts';

export interface LoadPlan {
  readonly seconds: number;
  /** Requests under way at the same time, at most. */
  readonly connections: number;
  /** Requests a second, at even intervals; absent, each connection posts again as soon as it is answered. */
  readonly requestsPerSecond?: number | undefined;
}

/** What came of a load so far. */
export interface LoadTally {
  readonly startedAtMs: number;
  /** Of requests that were answered; at a fixed rate from the moment each was due, so that no wait is left out. */
  readonly latencies: Latencies;
  /** Answers by status; `no answer` for what ended otherwise. */
  readonly answers: Map<string, number>;
  /** Events that were accepted. */
  accepted: number;
  /** Requests that were due when too many waited already; they were not sent. */
  skipped: number;
}

export const newTally = (): LoadTally => ({
  startedAtMs: performance.now(),
  ...{ latencies: new Latencies(), answers: new Map(), accepted: 0, skipped: 0 },
});

/** Requests that may wait for a connection, for each connection. Beyond it a gateway that stands still would fill memory. */
const MAX_WAITING = 10;
const TICK_MS = 1;

/** Posts `bodies` in turn until the time is over, `signal` says so, or, at the end, until what is under way is answered. */
export async function runLoad(
  plan: LoadPlan,
  bodies: readonly string[],
  poster: Poster,
  tally: LoadTally,
  signal: AbortSignal,
): Promise<void> {
  const endsAtMs = tally.startedAtMs + plan.seconds * 1_000;
  const isOver = (): boolean => signal.aborted || performance.now() >= endsAtMs;
  let turn = 0;

  async function postNext(dueAtMs: number): Promise<void> {
    turn = (turn + 1) % bodies.length;
    const answer = await poster.post(bodies[turn] ?? '');
    note(answer, tally);
    if (answer.kind === 'answered') tally.latencies.record(performance.now() - dueAtMs);
  }

  async function postOnAndOn(): Promise<void> {
    while (!isOver()) await postNext(performance.now());
  }

  async function postAtRate(requestsPerSecond: number): Promise<void> {
    const underWay = new Set<Promise<void>>();
    for (let sent = 0; !isOver(); await sleep(TICK_MS)) {
      const due = ((performance.now() - tally.startedAtMs) / 1_000) * requestsPerSecond;
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

/** Counts an answer. Of events only those are counted that the gateway says it has. */
function note(answer: Answer, tally: LoadTally): void {
  const label = answer.kind === 'answered' ? String(answer.status) : 'no answer';
  tally.answers.set(label, (tally.answers.get(label) ?? 0) + 1);
  if (answer.kind === 'answered') tally.accepted += Number(/"accepted":(\d+)/.exec(answer.body)?.[1] ?? 0);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { answersOf } from './answers-of.ts';
import type { LedgerWriter } from './ledger.ts';
import type { LoadTally } from './load-tally.ts';
import type { PostAnswer, Poster } from './poster.ts';
import { type FleetPlan, type PlannedEvent, planTrial } from './trial.ts';

/** Everything a simulated fleet works with. */
export interface Fleet {
  readonly plan: FleetPlan;
  readonly poster: Poster;
  readonly ledger: LedgerWriter;
  readonly tally: LoadTally;
  /** Ends the simulation; trials under way stop after their current request. */
  readonly signal: AbortSignal;
}

const MAX_ATTEMPTS = 8;

/** The number of trials that a plan starts. */
export const trialsOf = ({ trialsPerSecond, seconds }: FleetPlan): number =>
  Math.max(1, Math.round(trialsPerSecond * seconds));

/** Events of one request: at most `batch`, and none is held back longer than the next one is due. */
function requestsOf(events: readonly PlannedEvent[], batch: number): PlannedEvent[][] {
  const requests: PlannedEvent[][] = [];
  for (let i = 0; i < events.length; i += batch) requests.push(events.slice(i, i + batch));
  return requests;
}

/**
 * Runs a fleet of simulated training loops against a gateway. Each loop posts its events when they are due, and posts them
 * again with the same ids when the gateway refuses them for load. The answer to each event is written to the ledger.
 */
export async function runFleet(fleet: Fleet): Promise<void> {
  const { plan, signal } = fleet;
  const startedAt = performance.now();
  const trials: Promise<void>[] = [];
  for (let index = 0; index < trialsOf(plan) && !signal.aborted; index += 1) {
    await sleepUntil(startedAt + (index * 1_000) / plan.trialsPerSecond, signal);
    trials.push(runTrial(fleet, index));
  }
  await Promise.all(trials);
}

async function sleepUntil(atMs: number, signal: AbortSignal): Promise<void> {
  const waitMs = atMs - performance.now();
  if (waitMs > 1) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
}

async function runTrial(fleet: Fleet, index: number): Promise<void> {
  const { plan, ledger, tally, signal } = fleet;
  const startedAt = performance.now();
  for (const events of requestsOf(planTrial(plan, index), plan.batch)) {
    await sleepUntil(startedAt + (events.at(-1)?.dueMs ?? 0), signal);
    if (signal.aborted) return;
    const answers = answersOf(events, await postUntilAnswered(events, fleet));
    events.forEach(({ body: { event_id, event, trial_id } }, i) => {
      const answer = answers[i] ?? 'unknown';
      if (answer === 'accepted') tally.accepted += 1;
      else if (answer === 'unknown') tally.unknown += 1;
      else tally.rejected += 1;
      ledger.write({ event_id, event, model_run_id: plan.modelRunId, trial_id, answer });
    });
  }
  tally.trialsEnded += 1;
}

async function postUntilAnswered(
  events: readonly PlannedEvent[],
  { poster, tally, signal }: Fleet,
): Promise<PostAnswer> {
  const bodies = events.map(({ body }) => body);
  const json = JSON.stringify(bodies.length === 1 ? bodies[0] : bodies);
  for (let attempt = 1; ; attempt += 1) {
    const sentAt = performance.now();
    const answer = await poster.post(json);
    tally.record(answer, sentAt);
    const again = answer.kind === 'unknown' || answer.status === 429 || answer.status >= 500;
    if (!again || attempt === MAX_ATTEMPTS || signal.aborted) return answer;
    tally.retries += 1;
    const pauseMs = answer.kind === 'unknown' ? 200 * 2 ** attempt : answer.retryAfterMs;
    await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerWriter } from './ledger.ts';
import type { Answer, Poster } from './poster.ts';
import { type FleetPlan, type PlannedEvent, planTrial } from './trial.ts';

/** How the fleet fares so far. */
export interface Tally {
  trialsStarted: number;
  trialsEnded: number;
  readonly trialsPlanned: number;
  requests: number;
  accepted: number;
  rejected: number;
  /** Events whose last attempt had no answer, or 503 to the end. */
  unknown: number;
  retries: number;
  /** Time to answer of each request, in milliseconds; the newest 100,000. */
  readonly latenciesMs: number[];
}

const MAX_ATTEMPTS = 8;
const MAX_LATENCIES = 100_000;

/** Events of one request: at most `batch`, and none is held back longer than the next one is due. */
function requestsOf(events: readonly PlannedEvent[], batch: number): PlannedEvent[][] {
  const requests: PlannedEvent[][] = [];
  for (let i = 0; i < events.length; i += batch) requests.push(events.slice(i, i + batch));
  return requests;
}

/**
 * Runs a fleet of fake training loops against a gateway. Each posts its events when they are due, again after a refusal
 * for load, always with the same ids; each event's answer goes into the ledger.
 *
 * @param signal breaks it off; trials under way stop after their current request.
 */
export async function runFleet(
  plan: FleetPlan,
  poster: Poster,
  ledger: LedgerWriter,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  const trials: Promise<void>[] = [];
  for (let index = 0; index < tally.trialsPlanned && !signal.aborted; index += 1) {
    const dueMs = (index * 1_000) / plan.trialsPerSecond;
    const waitMs = dueMs - (performance.now() - startedAt);
    if (waitMs > 1) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    tally.trialsStarted += 1;
    trials.push(runTrial(plan, index, poster, ledger, tally, signal));
  }
  await Promise.all(trials);
}

async function runTrial(
  plan: FleetPlan,
  index: number,
  poster: Poster,
  ledger: LedgerWriter,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  for (const events of requestsOf(planTrial(plan, index), plan.batch)) {
    const waitMs = (events.at(-1)?.dueMs ?? 0) - (performance.now() - startedAt);
    if (waitMs > 1) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const answers = answersOf(events, await postUntilAnswered(events, poster, tally, signal));
    events.forEach(({ body }, i) => {
      const answer = answers[i] ?? 'unknown';
      if (answer === 'accepted') tally.accepted += 1;
      else if (answer === 'unknown') tally.unknown += 1;
      else tally.rejected += 1;
      ledger.write({
        event_id: body.event_id,
        event: body.event,
        model_run_id: plan.modelRunId,
        trial_id: body.trial_id,
        answer,
      });
    });
  }
  tally.trialsEnded += 1;
}

async function postUntilAnswered(
  events: readonly PlannedEvent[],
  poster: Poster,
  tally: Tally,
  signal: AbortSignal,
): Promise<Answer> {
  const bodies = events.map(({ body }) => body);
  const json = JSON.stringify(bodies.length === 1 ? bodies[0] : bodies);
  for (let attempt = 1; ; attempt += 1) {
    const sentAt = performance.now();
    const answer = await poster.post(json);
    tally.requests += 1;
    if (tally.latenciesMs.length >= MAX_LATENCIES) tally.latenciesMs.splice(0, MAX_LATENCIES / 2);
    tally.latenciesMs.push(performance.now() - sentAt);
    const again = answer.kind === 'unknown' || answer.status === 429 || answer.status >= 500;
    if (!again || attempt === MAX_ATTEMPTS || signal.aborted) return answer;
    tally.retries += 1;
    const pauseMs = answer.kind === 'unknown' ? 200 * 2 ** attempt : answer.retryAfterMs;
    await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
  }
}

/** What became of each event of a request, by the contract of `POST /api/events/ml`. */
export function answersOf(events: readonly unknown[], answer: Answer): string[] {
  const all = (text: string) => events.map(() => text);
  if (answer.kind === 'unknown' || answer.status === 429 || answer.status >= 500) return all('unknown');
  if (answer.status === 202) return all('accepted');
  const body = JSON.parse(answer.body || '{}') as { code?: string; rejected?: { index: number; code: string }[] };
  if (answer.status !== 207 && body.rejected === undefined) return all(body.code ?? `status_${answer.status}`);
  const codes = new Map((body.rejected ?? []).map(({ index, code }) => [index, code]));
  return events.map((_, index) => codes.get(index) ?? (answer.status === 207 ? 'accepted' : (body.code ?? 'rejected')));
}

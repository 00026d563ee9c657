import { join } from 'node:path';
import { type LedgerWriter, openLedger } from '../../../src/fleet/ledger.ts';
import { createPoster, type Poster } from '../../../src/fleet/poster.ts';
import { answersOf, runFleet, type Tally } from '../../../src/fleet/run-fleet.ts';
import { type FleetPlan, planTrial } from '../../../src/fleet/trial.ts';
import { FAULTS_HOME } from './parts.ts';
import { until } from './until.ts';
import type { FaultWorld } from './world.ts';

const ANSWER_MS = 10_000;
const CONNECTIONS = 128;
const STEPS = 20;
/** Each trial starts, takes its steps and ends. */
const EVENTS_A_TRIAL = STEPS + 2;

export interface LoadOptions {
  /** Events posted, about. */
  readonly events: number;
  readonly perSecond: number;
  /** Events of one request. */
  readonly batch?: number;
}

/** A fleet that posts, and the ledger of what it was told. */
export interface Load {
  readonly tally: Tally;
  readonly ledgerPath: string;
  readonly modelRunId: string;
  /** Events sent, whether answered or not; those sent again count again. */
  readonly posted: number;
  /** Events whose request ended without an answer, by its cause, as in `read ECONNRESET`. */
  readonly cutOff: ReadonlyMap<string, number>;
  /** Resolves when so many events have been answered 202 since the start. */
  accepted(count: number, timeoutMs?: number): Promise<void>;
  /** Resolves when every event has its last answer and the ledger is written. */
  readonly done: Promise<void>;
}

let fleets = 0;

/** Starts to post the events of a fleet, and among them some that must be refused. */
export function startLoad(world: FaultWorld, { events, perSecond, batch = 11 }: LoadOptions): Load {
  fleets += 1;
  const modelRunId = `${world.topicPrefix}fleet-${fleets}`;
  const ledgerPath = join(FAULTS_HOME, 'roles', `${modelRunId}.ledger`);
  const trials = Math.ceil(events / EVENTS_A_TRIAL);
  const trialsPerSecond = perSecond / EVENTS_A_TRIAL;
  const plan: FleetPlan = {
    ...{ modelRunId, trialsPerSecond, steps: STEPS, batch, trialMs: 500, failureShare: 0.2 },
    seconds: trials / trialsPerSecond,
  };
  const tally: Tally = {
    ...{ trialsStarted: 0, trialsEnded: 0, trialsPlanned: trials, requests: 0, accepted: 0, rejected: 0, unknown: 0 },
    ...{ retries: 0, latenciesMs: [] },
  };
  const ledger = openLedger(ledgerPath);
  const poster = createPoster(`${world.gatewayUrl}/api/events/ml`, undefined, CONNECTIONS, ANSWER_MS);
  let posted = 0;
  const cutOff = new Map<string, number>();
  const counting: Poster = {
    close: () => poster.close(),
    async post(json) {
      posted += batch;
      const answer = await poster.post(json);
      if (answer.kind === 'unknown') cutOff.set(answer.cause, (cutOff.get(answer.cause) ?? 0) + batch);
      return answer;
    },
  };
  const run = async () => {
    await Promise.all([
      runFleet(plan, counting, ledger, tally, new AbortController().signal),
      postRefused(plan, poster, ledger),
    ]);
    poster.close();
    await ledger.close();
  };
  const done = run();
  return {
    ...{ tally, ledgerPath, modelRunId, cutOff, done },
    get posted() {
      return posted;
    },
    async accepted(count, timeoutMs = 120_000) {
      await until(`${count} events are accepted`, timeoutMs, async () => tally.accepted >= count);
    },
  };
}

/** Events that the gateway refuses, alone and beside good ones. */
async function postRefused(plan: FleetPlan, poster: Poster, ledger: LedgerWriter): Promise<void> {
  for (let index = 0; index < 20; index += 1) {
    const good = planTrial({ ...plan, steps: 4 }, 1_000_000 + index).map(({ body }) => body);
    const events = good.map((body, at) => (at % 2 === 1 && 'step' in body ? { ...body, step: -1 } : body));
    const posted = index % 2 === 0 ? events : events.filter((body) => body.step === -1);
    const answers = answersOf(posted, await poster.post(JSON.stringify(posted)));
    posted.forEach(({ event_id, event, trial_id }, at) => {
      const answer = answers[at] ?? 'unknown';
      ledger.write({ event_id, event, trial_id, model_run_id: plan.modelRunId, answer });
    });
  }
}

import { join } from 'node:path';
import { answersOf } from '../../../src/fleet/answers-of.ts';
import { type LedgerWriter, openLedger } from '../../../src/fleet/ledger.ts';
import { LoadTally } from '../../../src/fleet/load-tally.ts';
import { createPoster, type PostAnswer, type Poster } from '../../../src/fleet/poster.ts';
import { runFleet } from '../../../src/fleet/run-fleet.ts';
import { type FleetPlan, planTrial } from '../../../src/fleet/trial.ts';
import { until } from '../../support/until.ts';
import type { FaultWorld } from './fault-world.ts';
import { FAULTS_HOME } from './parts.ts';

const ANSWER_MS = 10_000;
const CONNECTIONS = 128;
const STEPS = 20;
/** A start, its steps and an end. */
const EVENTS_A_TRIAL = STEPS + 2;

export interface LoadOptions {
  /** Approximate number of events. */
  readonly events: number;
  readonly perSecond: number;
  /** Events in one request. */
  readonly batch?: number;
  /** Ends the fleet before it has posted all events; each trial ends with its current request. */
  readonly signal?: AbortSignal;
  /** Called with each answer, or its absence. */
  readonly onAnswer?: (answer: PostAnswer) => void;
}

/** A fleet that posts, and the ledger of the answers. */
export interface Load {
  readonly tally: LoadTally;
  readonly ledgerPath: string;
  readonly modelRunId: string;
  /** Events sent, answered or not; an event that is sent twice counts twice. */
  readonly posted: number;
  /** Number of events whose request ended without an answer, by the cause, as in `read ECONNRESET`. */
  readonly cutOff: ReadonlyMap<string, number>;
  /** Resolves when this many events have been accepted since the start. */
  accepted(count: number, timeoutMs?: number): Promise<void>;
  /** Resolves when every event has its last answer and the ledger is written. */
  readonly done: Promise<void>;
}

let fleets = 0;

/** Starts to post the events of a fleet, and among them some that must be rejected. */
export function startLoad(world: FaultWorld, options: LoadOptions): Load {
  const { events, perSecond, batch = 11, signal = new AbortController().signal, onAnswer } = options;
  fleets += 1;
  const modelRunId = `${world.topicPrefix}fleet-${fleets}`;
  const ledgerPath = join(FAULTS_HOME, 'roles', `${modelRunId}.ledger`);
  const trials = Math.ceil(events / EVENTS_A_TRIAL);
  const trialsPerSecond = perSecond / EVENTS_A_TRIAL;
  const plan: FleetPlan = {
    modelRunId,
    trialsPerSecond,
    seconds: trials / trialsPerSecond,
    steps: STEPS,
    batch,
    trialMs: 500,
    failureShare: 0.2,
  };
  const tally = new LoadTally();
  const ledger = openLedger(ledgerPath);
  const poster = createPoster({ gatewayUrl: world.gatewayUrl, connections: CONNECTIONS, timeoutMs: ANSWER_MS });
  let posted = 0;
  const cutOff = new Map<string, number>();
  const counting: Poster = {
    close: () => poster.close(),
    async post(json) {
      posted += batch;
      const answer = await poster.post(json);
      onAnswer?.(answer);
      if (answer.kind === 'unknown') cutOff.set(answer.cause, (cutOff.get(answer.cause) ?? 0) + batch);
      return answer;
    },
  };
  const run = async () => {
    await Promise.all([
      runFleet({ plan, poster: counting, ledger, tally, signal }),
      postRejected(plan, poster, ledger),
    ]);
    poster.close();
    await ledger.close();
  };
  const done = run();
  return {
    tally,
    ledgerPath,
    modelRunId,
    cutOff,
    done,
    get posted() {
      return posted;
    },
    async accepted(count, timeoutMs = 120_000) {
      await until(`${count} events are accepted`, timeoutMs, async () => tally.accepted >= count);
    },
  };
}

/** Posts events that the gateway must reject, alone and beside good ones. */
async function postRejected(plan: FleetPlan, poster: Poster, ledger: LedgerWriter): Promise<void> {
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

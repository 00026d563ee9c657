import { setTimeout as sleep } from 'node:timers/promises';
import { type Verdict, verifyLedger } from '../../src/fleet/verify-ledger.ts';
import { topicName } from '../../src/topics.ts';
import type { Place } from '../place.ts';
import { POINTS_OF_EVENT } from './minute.ts';

/** Everything of an event is in its row by then, from the end of the last trial. */
const SETTLE_MS = 120_000;
const POLL_MS = 1_000;

/** The tables after a soak, compared with the answers of the gateway. */
export interface Stored {
  readonly acknowledged: number;
  /** Acknowledged events that are not in the tables, by their ids. */
  readonly missing: number;
  /** Refused events that are in the tables. */
  readonly unwanted: number;
  readonly examples: readonly string[];
  readonly points: number;
  readonly pointsExpected: number;
  readonly endedTrials: number;
  readonly deadLetters: number;
}

const COUNTS = `
  select (select count(*)::int from trial_metrics) as points,
    (select count(*)::int from cerebros_model_trials where status in ('completed', 'failed')) as trials`;

/**
 * Waits until the tables have as many points and ended trials as the gateway has acknowledged, then looks for each acknowledged
 * event by its id.
 */
export async function compareStored(
  { database, admin, config }: Place,
  ledgers: readonly string[],
  acceptedEvents: number,
  trials: number,
): Promise<Stored> {
  // Each trial has a start and an end; all other events are metric events.
  const pointsExpected = (acceptedEvents - 2 * trials) * POINTS_OF_EVENT;
  const deadline = Date.now() + SETTLE_MS;
  let counts = { points: 0, trials: 0 };
  for (;;) {
    counts = (await database.query<typeof counts>(COUNTS)).rows[0] ?? counts;
    if ((counts.points === pointsExpected && counts.trials === trials) || Date.now() > deadline) break;
    await sleep(POLL_MS);
  }
  const databaseUrl = config.postgres.url.reveal();
  const verdicts: Verdict[] = [];
  for (const ledger of ledgers) verdicts.push(await verifyLedger(ledger, databaseUrl));
  const sum = (of: (verdict: Verdict) => number): number => verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const letters = await admin.fetchTopicOffsets(topicName(config.kafka.topicPrefix, 'ml.deadletters'));
  return {
    acknowledged: sum(({ acknowledged }) => acknowledged),
    missing: sum(({ missingCount }) => missingCount),
    unwanted: sum(({ unwanted }) => unwanted.length),
    examples: verdicts.flatMap(({ missing, unwanted }) => [...missing, ...unwanted]).slice(0, 10),
    points: counts.points,
    pointsExpected,
    endedTrials: counts.trials,
    deadLetters: letters.reduce((total, { high, low }) => total + Number(high) - Number(low), 0),
  };
}

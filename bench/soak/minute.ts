import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Latencies } from '../../src/fleet/latencies.ts';
import { openLedger } from '../../src/fleet/ledger.ts';
import { LoadTally } from '../../src/fleet/load-tally.ts';
import type { Poster } from '../../src/fleet/poster.ts';
import { runFleet, trialsOf } from '../../src/fleet/run-fleet.ts';
import type { FleetPlan } from '../../src/fleet/trial.ts';

const TRIALS_A_MINUTE = 1_000;
const TRIALS_A_SECOND_IN_BURST = 100;
const BURST_SECONDS = 10;
/** From the start of a minute to the start of its burst. */
const BURST_AFTER_MS = 30_000;
const MINUTE_MS = 60_000;

/** A trial: its start, metric events of two measurements, and its end, each in a request of its own. */
const TRIAL = { steps: 20, trialMs: 5_000, failureShare: 0.1, batch: 1 } as const;
export const POINTS_OF_EVENT = 2;

/** A minute of trials, and a burst of further ones within it. */
export interface SoakMinute {
  readonly tally: LoadTally;
  readonly ledgers: readonly string[];
  /** Trials that were started. */
  readonly trials: number;
}

const plansOf = (minute: number): readonly FleetPlan[] => [
  { ...TRIAL, modelRunId: `soak-${minute}`, trialsPerSecond: TRIALS_A_MINUTE / 60, seconds: MINUTE_MS / 1_000 },
  {
    ...TRIAL,
    modelRunId: `soak-${minute}-burst`,
    trialsPerSecond: TRIALS_A_SECOND_IN_BURST,
    seconds: BURST_SECONDS,
  },
];

/** Starts the trials of a minute. Resolves when each of them has ended, which is a little after the minute. */
export async function runMinute(
  minute: number,
  poster: Poster,
  folder: string,
  signal: AbortSignal,
): Promise<SoakMinute> {
  const tally = new LoadTally();
  const fleets = plansOf(minute).map(async (plan, index) => {
    if (index > 0) await sleep(BURST_AFTER_MS, undefined, { signal });
    const path = join(folder, `${plan.modelRunId}.ndjson`);
    const ledger = openLedger(path);
    try {
      await runFleet({ plan, poster, ledger, tally, signal });
    } finally {
      await ledger.close();
    }
    return { path, trials: trialsOf(plan) };
  });
  const ended = await Promise.all(fleets);
  return {
    tally,
    ledgers: ended.map(({ path }) => path),
    trials: ended.reduce((sum, { trials }) => sum + trials, 0),
  };
}

/** Starts a minute after the other, whether or not the trials of the one before have ended. */
export async function runMinutes(
  minutes: number,
  poster: Poster,
  folder: string,
  signal: AbortSignal,
  onEnd: (minute: number, result: SoakMinute) => void,
): Promise<readonly SoakMinute[]> {
  const startedAt = performance.now();
  const running: Promise<SoakMinute>[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    await sleep(Math.max(0, startedAt + minute * MINUTE_MS - performance.now()), undefined, { signal });
    const result = runMinute(minute, poster, folder, signal);
    result.then(
      (ended) => onEnd(minute, ended),
      () => undefined,
    );
    running.push(result);
  }
  return Promise.all(running);
}

/** The answers of several minutes together. */
export function together(minutes: readonly SoakMinute[]) {
  const latencies = new Latencies();
  for (const { tally } of minutes) latencies.add(tally.latencies);
  const sum = (of: (minute: SoakMinute) => number): number => minutes.reduce((total, each) => total + of(each), 0);
  return {
    latencies,
    trials: sum(({ trials }) => trials),
    accepted: sum(({ tally }) => tally.accepted),
    rejected: sum(({ tally }) => tally.rejected),
    unknown: sum(({ tally }) => tally.unknown),
    retries: sum(({ tally }) => tally.retries),
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { createPoster } from '../src/fleet/poster.ts';
import { type Place, withPlace } from './place.ts';
import { startRoles } from './process.ts';
import { percentile } from './statistics.ts';
import { type Figure, format } from './table.ts';

const EVENTS_PER_SECOND = 2_000;
const SECONDS = 15;
/** Events of this time do not count: connections are opened, code is compiled, and trials get their keys. */
const WARM_UP_SECONDS = 10;
const TRIALS = 20;
const TICK_MS = 5;
const CONNECTIONS = 64;
const RUN = 'visibility';
const LIMIT_MS = 100;

/** The last step of every trial that a reader sees. */
const SEEN = `
  select t.trial_id, last.step::int as step
  from metric_trials t, lateral (
    select m.step from trial_metrics m
    where m.trial_key = t.trial_key and m.name_key = (select name_key from metric_names where name = 'val_accuracy')
    order by m.step desc limit 1
  ) last
  where t.model_run_id = '${RUN}'`;

/** The time at which each event was posted and the time at which a reader saw its row, by trial and step. */
class Journeys {
  readonly #posted = new Map<string, number[]>();
  readonly #latencies: number[] = [];
  readonly #seen = new Map<string, number>();

  /** Records a post that starts now. Returns its step. */
  post(trial: string): number {
    const times = this.#posted.get(trial) ?? [];
    this.#posted.set(trial, times);
    return times.push(performance.now()) - 1;
  }

  /** Records that a reader sees everything up to `step` at `now`; the pipeline keeps the order within a trial. */
  see(trial: string, step: number, now: number): void {
    const from = (this.#seen.get(trial) ?? -1) + 1;
    for (const at of this.#posted.get(trial)?.slice(from, step + 1) ?? []) this.#latencies.push(now - at);
    this.#seen.set(trial, Math.max(step, from - 1));
  }

  get posted(): number {
    return [...this.#posted.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Latencies in milliseconds, without those of the first events. */
  latencies(without: number): number[] {
    return this.#latencies.slice(without);
  }

  get seen(): number {
    return this.#latencies.length;
  }
}

async function measure(place: Place): Promise<number[]> {
  const system = await startRoles(place, ['gateway', 'router', 'postgres']);
  const poster = createPoster({ gatewayUrl: system.url, connections: CONNECTIONS, timeoutMs: 10_000 });
  const journeys = new Journeys();
  const total = EVENTS_PER_SECOND * (WARM_UP_SECONDS + SECONDS);
  const refused: string[] = [];
  let posting = true;

  async function post(number: number): Promise<void> {
    const trial_id = `trial-${number % TRIALS}`;
    const step = journeys.post(trial_id);
    const measurements = { train_loss: 1 / (step + 1), val_accuracy: 1 - 1 / (step + 2) };
    const event = { event: 'ml.run.metric', model_run_id: RUN, trial_id, step, measurements };
    const answer = await poster.post(JSON.stringify(event));
    if (answer.kind !== 'answered' || answer.status !== 202) refused.push(JSON.stringify(answer));
  }

  async function postAll(): Promise<void> {
    const started = performance.now();
    for (let sent = 0; sent < total; ) {
      const due = Math.min(total, Math.floor(((performance.now() - started) * EVENTS_PER_SECOND) / 1_000));
      for (; sent < due; sent += 1) void post(sent);
      await sleep(TICK_MS);
    }
    posting = false;
  }

  async function look(): Promise<void> {
    const deadline = () => !posting && refused.length > 0;
    while ((posting || journeys.seen < journeys.posted) && !deadline()) {
      const { rows } = await place.database.query<{ trial_id: string; step: number }>({ name: 'seen', text: SEEN });
      const now = performance.now();
      for (const { trial_id, step } of rows) journeys.see(trial_id, step, now);
      await sleep(TICK_MS);
    }
  }

  try {
    await Promise.all([postAll(), look()]);
    if (refused.length > 0) throw new Error(`${refused.length} events were not accepted: ${refused[0]}`);
    return journeys.latencies(EVENTS_PER_SECOND * WARM_UP_SECONDS);
  } finally {
    poster.close();
    await system.stop();
  }
}

/** The time from the start of a post to a reader who sees its row, one event in each request. */
export async function run(): Promise<readonly Figure[]> {
  const latencies = await withPlace(measure);
  const p95 = percentile(latencies, 0.95);
  return [
    {
      work: `post to row visible, at ${format(EVENTS_PER_SECOND)} events/s`,
      measured: [0.5, 0.95, 0.99]
        .map((share) => `p${share * 100} ${format(percentile(latencies, share))} ms`)
        .join(', '),
      toReach: `p95 under ${LIMIT_MS} ms`,
      met: p95 < LIMIT_MS,
    },
  ];
}

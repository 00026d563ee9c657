import { setTimeout as sleep } from 'node:timers/promises';
import { createPoster } from '../src/fleet/poster.ts';
import { Journeys } from './journeys.ts';
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

async function measure(place: Place): Promise<number[]> {
  const system = await startRoles(place, ['gateway', 'router', 'postgres']);
  const poster = createPoster({ gatewayUrl: system.url, connections: CONNECTIONS, timeoutMs: 10_000 });
  const journeys = new Journeys();
  const total = EVENTS_PER_SECOND * (WARM_UP_SECONDS + SECONDS);
  const refused: string[] = [];
  let posting = true;
  let countedFrom = 0;

  async function post(number: number): Promise<void> {
    const trial_id = `trial-${number % TRIALS}`;
    const step = Math.floor(number / TRIALS);
    journeys.post(trial_id, step);
    const measurements = { train_loss: 1 / (step + 1), val_accuracy: 1 - 1 / (step + 2) };
    const event = { event: 'ml.run.metric', model_run_id: RUN, trial_id, step, measurements };
    const answer = await poster.post(JSON.stringify(event));
    if (answer.kind !== 'answered' || answer.status !== 202) refused.push(JSON.stringify(answer));
  }

  async function postAll(): Promise<void> {
    const started = performance.now();
    countedFrom = started + WARM_UP_SECONDS * 1_000;
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
    return journeys.latencies(countedFrom);
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

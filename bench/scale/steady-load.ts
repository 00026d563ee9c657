import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { createPoster } from '../../src/fleet/poster.ts';
import { Journeys } from '../journeys.ts';

/** Trials that train at the same time; each posts its events of a second in one request. */
const TRIALS = 500;
/** Trials whose rows the reader follows. */
const WATCHED = 50;
const NAMES = ['train_loss', 'val_accuracy'] as const;
const TICK_MS = 5;
/** Between two looks of the reader. */
const LOOK_MS = 10;
const CONNECTIONS = 64;
const ANSWER_TIMEOUT_MS = 30_000;
const SETTLE_MS = 60_000;

/** The last step of each watched trial that a reader sees. */
const SEEN = `
  select t.trial_id, last.step::int as step
  from metric_trials t, lateral (
    select m.step from trial_metrics m
    where m.trial_key = t.trial_key and m.name_key = (select name_key from metric_names where name = '${NAMES[1]}')
    order by m.step desc limit 1
  ) last
  where t.model_run_id = $1 and t.trial_id = any($2::text[])`;

/** The figures of a stretch of time. */
export interface Stretch {
  readonly pointsPerSecond: number;
  /** Milliseconds of each request from the moment it was due to its answer. */
  readonly answers: readonly number[];
  /** Milliseconds of each watched request from its post to a reader who sees its last point. */
  readonly visible: readonly number[];
}

const trialName = (index: number): string => `trial-${String(index).padStart(3, '0')}`;

/** Points that a fleet posts at a fixed rate, and a reader who waits for their rows. */
export class SteadyLoad {
  readonly #run: string;
  readonly #database: pg.Client;
  readonly #poster: ReturnType<typeof createPoster>;
  readonly #eventsOfRequest: number;
  readonly #journeys = new Journeys();
  readonly #answers: { readonly at: number; readonly ms: number }[] = [];
  readonly #refused: string[] = [];
  #sent = 0;
  #isPosting = true;
  #done: Promise<unknown> = Promise.resolve();

  /** @param pointsPerSecond is rounded to whole events of each request. */
  constructor(url: string, database: pg.Client, run: string, pointsPerSecond: number) {
    this.#run = run;
    this.#database = database;
    this.#poster = createPoster({ gatewayUrl: url, connections: CONNECTIONS, timeoutMs: ANSWER_TIMEOUT_MS });
    this.#eventsOfRequest = Math.round(pointsPerSecond / TRIALS / NAMES.length);
  }

  get #pointsOfRequest(): number {
    return this.#eventsOfRequest * NAMES.length;
  }

  /** Points that were posted. */
  get points(): number {
    return this.#sent * this.#pointsOfRequest;
  }

  start(): void {
    this.#done = Promise.all([this.#post(), this.#look()]);
    this.#done.catch(() => undefined);
  }

  /** Ends the load. Resolves when the reader has seen every point; throws where a request was refused or a row is missing. */
  async stop(): Promise<void> {
    this.#isPosting = false;
    try {
      await this.#done;
      if (this.#refused.length > 0) throw new Error(`${this.#refused.length} requests failed: ${this.#refused[0]}`);
    } finally {
      this.#poster.close();
    }
  }

  between(from: number, until: number): Stretch {
    const answers = this.#answers.filter(({ at }) => at >= from && at < until);
    return {
      pointsPerSecond: (answers.length * this.#pointsOfRequest * 1_000) / (until - from),
      answers: answers.map(({ ms }) => ms),
      visible: this.#journeys.latencies(from, until),
    };
  }

  async #post(): Promise<void> {
    const started = performance.now();
    const requests: Promise<void>[] = [];
    while (this.#isPosting) {
      const due = Math.floor(((performance.now() - started) * TRIALS) / 1_000);
      for (; this.#sent < due; this.#sent += 1) {
        requests.push(this.#request(this.#sent, started + (this.#sent * 1_000) / TRIALS));
      }
      await sleep(TICK_MS);
    }
    await Promise.all(requests);
  }

  async #request(number: number, dueAt: number): Promise<void> {
    const trial = number % TRIALS;
    const trial_id = trialName(trial);
    const first = Math.floor(number / TRIALS) * this.#eventsOfRequest;
    const events = Array.from({ length: this.#eventsOfRequest }, (_, index) => {
      const step = first + index;
      const measurements = { [NAMES[0]]: 1 / (step + 1), [NAMES[1]]: 1 - 1 / (step + 2) };
      return { event: 'ml.run.metric', model_run_id: this.#run, trial_id, step, measurements };
    });
    if (trial < WATCHED) this.#journeys.post(trial_id, first + this.#eventsOfRequest - 1);
    const answer = await this.#poster.post(JSON.stringify(events));
    const at = performance.now();
    if (answer.kind === 'answered' && answer.status === 202) this.#answers.push({ at, ms: at - dueAt });
    else this.#refused.push(JSON.stringify(answer));
  }

  async #look(): Promise<void> {
    const watched = Array.from({ length: WATCHED }, (_, trial) => trialName(trial));
    let deadline = Number.POSITIVE_INFINITY;
    while (this.#isPosting || this.#journeys.seen < this.#journeys.posted) {
      if (!this.#isPosting) deadline = Math.min(deadline, performance.now() + SETTLE_MS);
      if (performance.now() > deadline)
        throw new Error(`${this.#journeys.seen} of ${this.#journeys.posted} are visible`);
      const query = { name: 'seen', text: SEEN, values: [this.#run, watched] };
      const { rows } = await this.#database.query<{ trial_id: string; step: number }>(query);
      const now = performance.now();
      for (const { trial_id, step } of rows) this.#journeys.see(trial_id, step, now);
      await sleep(LOOK_MS);
    }
  }
}

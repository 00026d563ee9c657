import type pg from 'pg';
import { BoundedCache } from '../../bounded-cache.ts';
import { textArray } from '../binary-array.ts';

/** A trial, or a run (`trial_id` null). */
export interface TrialName {
  readonly model_run_id: string;
  readonly trial_id: string | null;
}

const FIND_NAMES = `
  select given.position::int4, n.name_key as key
  from unnest($1::text[]) with ordinality as given (name, position)
  join metric_names n on n.name = given.name`;

const ADD_NAMES = `
  insert into metric_names (name)
  select given.name from unnest($1::text[]) as given (name)
  order by given.name collate "C"
  on conflict (name) do nothing`;

// Equality and "is null" each use the index; "is not distinct from", which covers both, does not.
const FIND_TRIALS = `
  with given as (
    select * from unnest($1::text[], $2::text[]) with ordinality as given (model_run_id, trial_id, position)
  )
  select given.position::int4, t.trial_key as key
  from given join metric_trials t on t.model_run_id = given.model_run_id and t.trial_id = given.trial_id
  union all
  select given.position::int4, t.trial_key
  from given join metric_trials t on t.model_run_id = given.model_run_id and t.trial_id is null
  where given.trial_id is null`;

const ADD_TRIALS = `
  insert into metric_trials (model_run_id, trial_id)
  select given.model_run_id, given.trial_id from unnest($1::text[], $2::text[]) as given (model_run_id, trial_id)
  order by given.model_run_id collate "C", given.trial_id collate "C"
  on conflict (model_run_id, trial_id) do nothing`;

/** Names and trials that a process keeps in memory; others are looked up again. */
const CACHED_NAMES = 50_000;
const CACHED_TRIALS = 200_000;

/**
 * The integers that stand for names and trials in `trial_metrics`. The key of a row never changes, so it is kept in memory,
 * for as long as no row is removed (`metric-keys-epoch.ts`). Keys are committed before the points that use them; a key
 * without points is harmless.
 */
export class MetricKeys {
  readonly #names = new BoundedCache<string, number>(CACHED_NAMES);
  readonly #trials = new BoundedCache<string, number>(CACHED_TRIALS);

  /** The key of each name, in their order. */
  ofNames(pool: pg.Pool, names: readonly string[]): Promise<number[]> {
    const statements = { name: 'metric-names', find: FIND_NAMES, add: ADD_NAMES };
    return keysOf(
      pool,
      statements,
      this.#names,
      names,
      (name) => name,
      (missing) => [textArray(missing)],
    );
  }

  /** The key of each trial or run, in their order. */
  ofTrials(pool: pg.Pool, trials: readonly TrialName[]): Promise<number[]> {
    const statements = { name: 'metric-trials', find: FIND_TRIALS, add: ADD_TRIALS };
    return keysOf(
      pool,
      statements,
      this.#trials,
      trials,
      ({ model_run_id, trial_id }) => JSON.stringify([model_run_id, trial_id]),
      (missing) => [textArray(missing.map((s) => s.model_run_id)), textArray(missing.map((s) => s.trial_id))],
    );
  }
}

interface Statements {
  readonly name: string;
  readonly find: string;
  readonly add: string;
}

async function keysOf<T>(
  pool: pg.Pool,
  { name, find, add }: Statements,
  cache: BoundedCache<string, number>,
  items: readonly T[],
  textOf: (item: T) => string,
  parametersOf: (items: readonly T[]) => Buffer[],
): Promise<number[]> {
  const keys = items.map((item) => cache.get(textOf(item)));

  async function look(): Promise<boolean> {
    const missing = [...keys.keys()].filter((index) => keys[index] === undefined);
    if (missing.length === 0) return true;
    const sought = missing.flatMap((index) => items.slice(index, index + 1));
    const query = { name: `find-${name}`, text: find, values: parametersOf(sought) };
    for (const { position, key } of (await pool.query<{ position: number; key: number }>(query)).rows) {
      const index = missing[position - 1] ?? -1;
      keys[index] = key;
      for (const item of items.slice(index, index + 1)) cache.set(textOf(item), key);
    }
    return keys.every((key) => key !== undefined);
  }

  // Looked up before they are added, because an insert with a conflict uses up a number too.
  if (!(await look())) {
    const unknown = items.filter((_, index) => keys[index] === undefined);
    await pool.query({ name: `add-${name}`, text: add, values: parametersOf(unknown) });
    if (!(await look())) throw new Error(`${name}: a key that was just added is not there`);
  }
  return keys as number[];
}

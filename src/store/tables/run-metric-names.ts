import type { ClientBase } from 'pg';
import { BoundedCache } from '../../bounded-cache.ts';
import { textArray } from '../binary-array.ts';

/** A metric that has points in a run. */
export interface RunMetricName {
  readonly model_run_id: string;
  readonly name: string;
}

interface NamedSeries {
  readonly model_run_id: string;
  readonly byName: ReadonlyMap<string, unknown>;
}

const CACHED = 100_000;

const ADD = `
  insert into run_metric_names (model_run_id, name)
  select model_run_id, name from unnest($1::text[], $2::text[]) as given (model_run_id, name)
  order by model_run_id collate "C", name collate "C"
  on conflict do nothing`;

/** The rows of `run_metric_names` that this process has written, so that each is written once. */
export class RunMetricNames {
  readonly #kept = new BoundedCache<string, true>(CACHED);

  /** The names in these series that are not known to be in the table. */
  newIn(series: readonly NamedSeries[]): readonly RunMetricName[] {
    const found = new Map<string, RunMetricName>();
    for (const { model_run_id, byName } of series) {
      for (const name of byName.keys()) {
        const key = keyOf({ model_run_id, name });
        if (this.#kept.get(key) === undefined) found.set(key, { model_run_id, name });
      }
    }
    return [...found.values()];
  }

  /** Notes that these rows are committed. */
  keep(names: readonly RunMetricName[]): void {
    for (const name of names) this.#kept.set(keyOf(name), true);
  }
}

const keyOf = ({ model_run_id, name }: RunMetricName): string => `${model_run_id}\0${name}`;

/** Adds the rows that do not exist, in the order of their keys. Returns their number. */
export async function writeRunMetricNames(client: ClientBase, names: readonly RunMetricName[]): Promise<number> {
  if (names.length === 0) return 0;
  const values = [textArray(names.map((name) => name.model_run_id)), textArray(names.map(({ name }) => name))];
  const { rowCount } = await client.query({ name: 'add-run-metric-names', text: ADD, values });
  return rowCount ?? 0;
}

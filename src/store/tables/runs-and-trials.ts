import type { ClientBase } from 'pg';
import { canonicalJson } from '../../events/ids.ts';
import { type Column, GROUP_NAMES, GROUPS, type Group, type Row, versionOf } from '../../events/merge.ts';
import { BOOL, type FixedType, FLOAT8, fixedArray, INT4, TIMESTAMPTZ, textArray } from '../binary-array.ts';

/** How a column travels: the type of its array, what makes the array, and the value of an absent one. */
interface Travel {
  readonly type: string;
  readonly write: (values: readonly unknown[]) => Buffer;
  readonly cast?: string;
  readonly otherwise?: string;
}

const text: Travel = { type: 'text', write: (values) => textArray(values as (string | null)[]) };
const json: Travel = { ...text, cast: 'jsonb' };
const fixed = (name: string, type: FixedType<never>): Travel => ({
  type: name,
  write: (values) => fixedArray(type, values as never[]),
});
const time = fixed('timestamptz', TIMESTAMPTZ);

const TRAVEL: Readonly<Record<Column, Travel>> = {
  status: text,
  completed_at: time,
  error_type: text,
  error_message: text,
  duration_ms: fixed('float8', FLOAT8),
  metrics: {
    ...json,
    write: (values) => textArray(values.map((value) => (value === null ? null : canonicalJson(value)))),
  },
  hyperparams: json,
  parameters: json,
  artifact_uri: text,
  rank: fixed('int4', INT4),
  spectral_norm: { ...fixed('bool', BOOL), otherwise: 'false' },
  mlflow_run_id: text,
  metadata: json,
};

interface Field extends Travel {
  readonly name: string;
  /** The field of every row. */
  readonly read: (rows: readonly Row[]) => readonly unknown[];
}

const fieldsOf = (group: Group): readonly Field[] => [
  ...GROUPS[group].map(
    (name, index): Field => ({
      ...TRAVEL[name],
      name,
      read: (rows) => rows.map(({ said }) => said[group]?.values[index] ?? null),
    }),
  ),
  {
    ...text,
    name: `${group}_version`,
    read: (rows) =>
      rows.map(({ said }) => {
        const statement = said[group];
        return statement === undefined ? null : versionOf(statement);
      }),
  },
];

/** The merge law in SQL, for the rows of one table. */
function upsert(table: string, keys: readonly ('model_run_id' | 'trial_id')[], groups: readonly Group[]) {
  const fields: readonly Field[] = [
    ...keys.map((name): Field => ({ ...text, name, read: (rows) => rows.map((row) => row[name]) })),
    { ...time, name: 'started_at', read: (rows) => rows.map((row) => row.started_at) },
    ...groups.flatMap(fieldsOf),
  ];
  const names = fields.map(({ name }) => name).join(', ');
  const sameKey = keys.map((name) => `held.${name} = given.${name}`).join(' and ');

  /** Whether `more` says anything that `held` does not know: see compareStatements. */
  const isNews = (more: string): string =>
    [
      `${more}.started_at < held.started_at`,
      `(${more}.started_at is not null and held.started_at is null)`,
      ...groups.map((group) => `${more}.${group}_version > coalesce(held.${group}_version, '')`),
    ].join(' or ');

  const greater = groups.flatMap((group) =>
    [...GROUPS[group], `${group}_version`].map(
      (name) =>
        `${name} = case when excluded.${group}_version > coalesce(held.${group}_version, '') ` +
        `then excluded.${name} else held.${name} end`,
    ),
  );
  const select = fields.map(({ name, cast, otherwise }) => {
    const value = cast === undefined ? `given.${name}` : `given.${name}::${cast}`;
    return otherwise === undefined ? value : `coalesce(${value}, ${otherwise})`;
  });

  // `on conflict do update` locks a row even where it then changes nothing, and all trials of a run share the run's row. So
  // rows without news are left out first. That look takes no lock; what it misses the condition at the end still sees.
  return {
    fields,
    sql: `
      insert into ${table} as held (${names})
      select ${select.join(', ')}
      from unnest(${fields.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')}) as given (${names})
      left join ${table} held on ${sameKey}
      where held.model_run_id is null or ${isNews('given')}
      order by ${keys.map((name) => `given.${name} collate "C"`).join(', ')}
      on conflict (${keys.join(', ')}) do update set
        started_at = least(held.started_at, excluded.started_at),
        ${greater.join(', ')},
        updated_at = now()
      where ${isNews('excluded')}`,
  };
}

const RUNS = upsert(
  'model_runs',
  ['model_run_id'],
  GROUP_NAMES.filter((group) => group !== 'rank'),
);
const TRIALS = upsert('cerebros_model_trials', ['model_run_id', 'trial_id'], GROUP_NAMES);

async function write(client: ClientBase, name: string, { fields, sql }: typeof RUNS, rows: readonly Row[]) {
  if (rows.length === 0) return 0;
  const values = fields.map((field) => field.write(field.read(rows)));
  const { rowCount } = await client.query({ name, text: sql, values });
  return rowCount ?? 0;
}

/**
 * Merges rows of runs, each about another run, into `model_runs`. Rows are locked in the order of their keys, so that two
 * writers never wait for each other. Returns how many changed.
 */
export const writeRuns = (client: ClientBase, rows: readonly Row[]): Promise<number> =>
  write(client, 'write-runs', RUNS, rows);

/** Merges rows of trials, each about another trial, into `cerebros_model_trials`, as {@link writeRuns} does. */
export const writeTrials = (client: ClientBase, rows: readonly Row[]): Promise<number> =>
  write(client, 'write-trials', TRIALS, rows);

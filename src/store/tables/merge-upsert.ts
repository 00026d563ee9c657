import { canonicalJson } from '../../events/ids.ts';
import { type Column, GROUPS, type Group, type Row, versionOf } from '../../events/merge.ts';
import { BOOL, type FixedType, FLOAT8, fixedArray, INT4, TIMESTAMPTZ, textArray } from '../binary-array.ts';

/** The way in which the values of a column are sent. */
interface Transfer {
  /** Type of the elements of the array. */
  readonly type: string;
  /** Encodes the array. */
  readonly write: (values: readonly unknown[]) => Buffer;
  /** Type that each element is cast to, where it is another one. */
  readonly cast?: string;
  /** SQL of the value that takes the place of null. */
  readonly otherwise?: string;
}

const text: Transfer = { type: 'text', write: (values) => textArray(values as (string | null)[]) };
const json: Transfer = { ...text, cast: 'jsonb' };
const fixed = (name: string, type: FixedType<never>): Transfer => ({
  type: name,
  write: (values) => fixedArray(type, values as never[]),
});
const time = fixed('timestamptz', TIMESTAMPTZ);

const TRANSFERS: Readonly<Record<Column, Transfer>> = {
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

interface Field extends Transfer {
  readonly name: string;
  /** The values of the field, one for each row. */
  readonly read: (rows: readonly Row[]) => readonly unknown[];
}

/** A column that keeps the least or the greatest value of all records, whatever the version of its row. */
interface Extreme extends Field {
  readonly keeps: 'least' | 'greatest';
}

const STARTED_AT: Extreme = {
  ...time,
  name: 'started_at',
  keeps: 'least',
  read: (rows) => rows.map((row) => row.started_at),
};
const ATTEMPT: Extreme = {
  ...fixed('int4', INT4),
  name: 'attempt',
  keeps: 'greatest',
  // Every record states an outcome, so the greatest outcome is of the greatest attempt.
  read: (rows) => rows.map(({ said }) => said.outcome?.attempt ?? 0),
};
const POINTS_ATTEMPT: Extreme = {
  ...ATTEMPT,
  name: 'points_attempt',
  read: (rows) => rows.map((row) => row.points_attempt),
};

const fieldsOf = (group: Group): readonly Field[] => [
  ...GROUPS[group].map(
    (name, index): Field => ({
      ...TRANSFERS[name],
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

/** A statement that merges rows into a table, with the fields of its parameters in their order. */
export interface MergeUpsert {
  readonly fields: readonly Field[];
  readonly sql: string;
}

/** One item a line, so that the statement can be read and pasted into psql. */
const lines = (items: readonly string[], separator: string, indent: number): string =>
  items.join(`${separator}\n${' '.repeat(indent)}`);

/** The merge law (`src/events/merge.ts`) in SQL, for the rows of one table. docs/merge-law.md shows the statements. */
export function mergeUpsert(
  table: string,
  keys: readonly ('model_run_id' | 'trial_id')[],
  groups: readonly Group[],
): MergeUpsert {
  const extremes = keys.includes('trial_id') ? [STARTED_AT, ATTEMPT, POINTS_ATTEMPT] : [STARTED_AT];
  const fields: readonly Field[] = [
    ...keys.map((name): Field => ({ ...text, name, read: (rows) => rows.map((row) => row[name]) })),
    ...extremes,
    ...groups.flatMap(fieldsOf),
  ];
  const names = lines(
    fields.map(({ name }) => name),
    ',',
    2,
  );
  const sameKey = keys.map((name) => `held.${name} = given.${name}`).join(' and ');

  /** Whether `more` states anything that `held` does not contain yet: see compareStatements. */
  const isNews = (more: string): string[] => [
    ...extremes.flatMap(({ name, keeps }) =>
      keeps === 'greatest'
        ? [`${more}.${name} > held.${name}`]
        : [`${more}.${name} < held.${name}`, `(${more}.${name} is not null and held.${name} is null)`],
    ),
    ...groups.map((group) => `${more}.${group}_version > coalesce(held.${group}_version, '')`),
  ];
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
  const extreme = extremes.map(({ name, keeps }) => `${name} = ${keeps}(held.${name}, excluded.${name})`);
  const set = [...extreme, ...greater, 'updated_at = now()'];

  // `on conflict do update` locks a row even where it changes nothing, and all trials of a run share the row of the run. So
  // unchanged rows are left out first. That read takes no lock; the condition at the end covers rows changed since.
  return {
    fields,
    sql: `
insert into ${table} as held (
  ${names}
)
select
  ${lines(select, ',', 2)}
from unnest(
  ${lines(
    fields.map(({ type }, index) => `$${index + 1}::${type}[]`),
    ',',
    2,
  )}
) as given (
  ${names}
)
left join ${table} held on ${sameKey}
where held.model_run_id is null
  or ${lines(isNews('given'), ' or', 2)}
order by ${keys.map((name) => `given.${name} collate "C"`).join(', ')}
on conflict (${keys.join(', ')}) do update set
  ${lines(set, ',', 2)}
where ${lines(isNews('excluded'), ' or', 2)}`.trim(),
  };
}

import type { RowPlace } from './cursor.ts';
import { malformed } from './query-reader.ts';
import { shortText } from './short-text.ts';
import type { SqlText } from './sql-text.ts';
import type { NameKeys } from './trial-filter.ts';

const COLUMNS = {
  started_at: 'timestamptz',
  completed_at: 'timestamptz',
  duration_ms: 'float8',
  rank: 'int4',
  status: 'text',
  trial_id: 'text',
} as const;

type ColumnName = keyof typeof COLUMNS;
export const SORT_COLUMNS = Object.keys(COLUMNS) as readonly ColumnName[];

/** The value that a list of trials is sorted by. Trials without the value come last, and NaN before them, in either direction. */
export interface TrialOrder {
  readonly by:
    | { readonly kind: 'column'; readonly name: ColumnName }
    | { readonly kind: 'param' | 'metric'; readonly name: string };
  readonly isDescending: boolean;
}

export function readTrialOrder(text = '-started_at'): TrialOrder {
  const isDescending = text.startsWith('-');
  const name = isDescending ? text.slice(1) : text;
  const column = SORT_COLUMNS.find((one) => one === name);
  if (column !== undefined) return { by: { kind: 'column', name: column }, isDescending };
  const [, kind, entry] = /^(param|metric)\.(.+)$/s.exec(name) ?? [];
  if (kind !== undefined && entry !== undefined) {
    return { by: { kind: kind as 'param' | 'metric', name: entry }, isDescending };
  }
  throw malformed(
    `the parameter sort must be ${SORT_COLUMNS.join(', ')}, metric.NAME or param.NAME; a - in front reverses the order`,
  );
}

/** The name whose key the order needs. */
export const namesOfOrder = ({ by }: TrialOrder): readonly string[] =>
  by.kind === 'column' ? [] : [shortText(by.name, 255)];

/** The SQL of an order. */
export interface OrderSql {
  readonly join: string;
  /** Columns of the place of a row, for the cursor: the class, the value as number and as text, the ids. */
  readonly place: string;
  readonly orderBy: string;
  /** Condition for the rows after a place. */
  readonly after: string;
}

export const PLACE_LENGTH = 5;

/**
 * A place is (class, number, text, run, trial): class 0 has a value, 1 is NaN, 2 has none. Numbers sort before texts. Times are
 * compared as epoch milliseconds, which is their whole content.
 */
export function orderSql({ by, isDescending }: TrialOrder, sql: SqlText, keys: NameKeys, after?: RowPlace): OrderSql {
  const { join, number, text } = valueSql(by, sql, keys);
  const down = isDescending ? ' desc' : '';
  const rank = `case when ${number} = 'NaN' then 1 when ${number} is null and ${text} is null then 2 else 0 end`;
  const finite = `coalesce(nullif(${number}, 'NaN'), 'Infinity')`;
  const word = `coalesce(${text}, '') collate "C"`;
  const isPlain = by.kind === 'column' && by.name === 'started_at';
  return {
    join,
    place: `${rank} as place_class, ${finite} as place_number, ${word} as place_text`,
    // The index on the start of trials has this order.
    orderBy:
      isPlain && isDescending
        ? 'k.started_at desc nulls last, k.model_run_id, k.trial_id'
        : `${rank}, ${finite}${down}, ${word}${down}, k.model_run_id, k.trial_id`,
    after: after === undefined ? '' : afterSql({ rank, finite, word, isDescending }, after, sql),
  };
}

interface Parts {
  readonly rank: string;
  readonly finite: string;
  readonly word: string;
  readonly isDescending: boolean;
}

function afterSql({ rank, finite, word, isDescending }: Parts, place: RowPlace, sql: SqlText): string {
  const [givenRank, givenNumber, givenWord, run, trial] = place;
  const [r, n, w] = [
    `${sql.value(givenRank)}::int4`,
    `${sql.value(givenNumber)}::float8`,
    `${sql.value(givenWord)}::text`,
  ];
  const ids = `(k.model_run_id, k.trial_id) > (${sql.value(run)}::text, ${sql.value(trial)}::text)`;
  const beyond = isDescending ? '<' : '>';
  return ` and (${rank} > ${r} or (${rank} = ${r} and (${finite} ${beyond} ${n} or (${finite} = ${n}
    and (${word} ${beyond} ${w} or (${word} = ${w} and ${ids}))))))`;
}

interface ValueSql {
  readonly join: string;
  /** SQL of a double, or of null. */
  readonly number: string;
  readonly text: string;
}

function valueSql(by: TrialOrder['by'], sql: SqlText, keys: NameKeys): ValueSql {
  if (by.kind === 'column') {
    const column = `k.${by.name}`;
    switch (COLUMNS[by.name]) {
      case 'text':
        return { join: '', number: 'null::float8', text: column };
      case 'timestamptz':
        return { join: '', number: `round(date_part('epoch', ${column}) * 1000)`, text: 'null::text' };
      default:
        return { join: '', number: `${column}::float8`, text: 'null::text' };
    }
  }
  const key = keys.get(shortText(by.name, 255));
  if (key === undefined) return { join: '', number: 'null::float8', text: 'null::text' };
  const table = by.kind === 'param' ? 'trial_parameters' : 'trial_final_metrics';
  const join = `left join ${table} s on s.name_key = ${sql.value(key)} and s.trial_key = k.trial_key`;
  if (by.kind === 'metric') return { join, number: 's.value', text: 'null::text' };
  return { join, number: 's.num', text: 'coalesce(s.txt, s.bool::text)' };
}

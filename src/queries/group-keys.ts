import { malformed, type QueryReader, quoted } from './query-reader.ts';
import type { ParameterValue } from './shapes.ts';
import { shortText } from './short-text.ts';
import type { SqlText } from './sql-text.ts';
import type { NameKeys } from './trial-filter.ts';
import { parameterValue } from './trial-rows.ts';

/** A key that trials are grouped by. */
export type GroupKey = { readonly kind: 'spectral_norm' } | { readonly kind: 'param'; readonly name: string };

/** The parameter `group_by`: one or two keys, `spectral_norm` if absent. */
export function readGroupKeys(query: QueryReader): readonly GroupKey[] {
  const given = query.many('group_by');
  if (given.length > 2) throw malformed('the parameter group_by may be given at most twice');
  if (new Set(given).size < given.length) throw malformed('the two values of the parameter group_by must differ');
  return given.length === 0 ? [{ kind: 'spectral_norm' }] : given.map(readGroupKey);
}

function readGroupKey(text: string): GroupKey {
  if (text === 'spectral_norm') return { kind: 'spectral_norm' };
  const name = /^param\.(.+)$/s.exec(text)?.[1];
  if (name !== undefined) return { kind: 'param', name };
  throw malformed(`the parameter group_by must be spectral_norm or param.NAME, not ${quoted(text)}`);
}

export const groupKeyName = (key: GroupKey): string => (key.kind === 'param' ? `param.${key.name}` : key.kind);

/** The names of the parameters among the keys, as the index of trials has them. */
export const parametersOf = (groupBy: readonly GroupKey[]): readonly string[] =>
  groupBy.flatMap((key) => (key.kind === 'param' ? [shortText(key.name, 255)] : []));

/** The columns of a group: {@link GroupColumns}. */
export const GROUP = 'norm, num0, bool0, txt0, num1, bool1, txt1';
export const GROUP_ORDER =
  'norm, num0 nulls last, bool0 nulls last, txt0 nulls last, num1 nulls last, bool1 nulls last, txt1 nulls last';

export interface GroupColumns {
  readonly norm: boolean | null;
  readonly num0: number | null;
  readonly bool0: boolean | null;
  readonly txt0: string | null;
  readonly num1: number | null;
  readonly bool1: boolean | null;
  readonly txt1: string | null;
}

/** The columns {@link GROUP} of trials `k` of the index, and the joins that they need. */
export function groupSql(groupBy: readonly GroupKey[], sql: SqlText, keys: NameKeys) {
  const parameters = parametersOf(groupBy);
  const values = [0, 1].map((index) =>
    index < parameters.length
      ? ['num', 'bool', 'txt'].map((name) => `p${index}.${name} as ${name}${index}`).join(', ')
      : `null::float8 as num${index}, null::bool as bool${index}, null::text as txt${index}`,
  );
  const joins = parameters.map(
    (name, index) =>
      `left join trial_parameters p${index}
         on p${index}.name_key = ${sql.value(keys.get(name) ?? -1)} and p${index}.trial_key = k.trial_key`,
  );
  const norm = groupBy.some(({ kind }) => kind === 'spectral_norm') ? 'k.spectral_norm' : 'null::bool';
  return { columns: `${norm} as norm, ${values.join(', ')}`, joins: joins.join(' ') };
}

/** The value of each key; null for trials without that parameter. */
export function groupOfRow(row: GroupColumns, groupBy: readonly GroupKey[]): readonly ParameterValue[] {
  const parameters = [
    parameterValue({ value: row.num0, bool: row.bool0, txt: row.txt0 }),
    parameterValue({ value: row.num1, bool: row.bool1, txt: row.txt1 }),
  ];
  return groupBy.map((key) => (key.kind === 'spectral_norm' ? row.norm : (parameters.shift() ?? null)));
}

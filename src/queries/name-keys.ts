import type { AskDatabase } from './database.ts';
import type { NameKeys } from './trial-filter.ts';

/** The keys of names of parameters and final metrics, as far as any trial has them. */
export async function nameKeys(ask: AskDatabase, names: readonly string[]): Promise<NameKeys> {
  if (names.length === 0) return new Map();
  const rows = await ask<{ name: string; name_key: number }>(
    'select name, name_key from trial_index_names where name = any($1::text[])',
    [names],
  );
  return new Map(rows.map(({ name, name_key }) => [name, name_key]));
}

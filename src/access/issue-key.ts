import { randomBytes } from 'node:crypto';
import { KEY_RANDOM_BYTES, mintKey, readKey } from './api-key.ts';
import type { ApiKeyStore, NewKey } from './tables/api-keys.ts';

/**
 * Makes a key and stores its hash; only the returned object contains the key itself. `actor` is the person who asked for it,
 * for the audit log.
 */
export async function issueKey(
  keys: ApiKeyStore,
  about: Omit<NewKey, 'id' | 'hash'>,
  actor: string,
): Promise<{ readonly id: string; readonly key: string }> {
  const key = mintKey(randomBytes(KEY_RANDOM_BYTES));
  const read = readKey(key);
  if (read === undefined) throw new Error('a key that was just made cannot be read');
  await keys.add({ ...read, ...about }, actor);
  return { id: read.id, key };
}

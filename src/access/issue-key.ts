import { randomBytes } from 'node:crypto';
import type { ApiKeyStore, NewKey } from '../store/api-keys.ts';
import { KEY_RANDOM_BYTES, mintKey, readKey } from './api-key.ts';

/** Makes a key and stores its hash. The key itself is in what is returned and nowhere else. */
export async function issueKey(
  keys: ApiKeyStore,
  about: Pick<NewKey, 'name' | 'scopes' | 'expiresAt'>,
): Promise<{ readonly id: string; readonly key: string }> {
  const key = mintKey(randomBytes(KEY_RANDOM_BYTES));
  const read = readKey(key);
  if (read === undefined) throw new Error('a key that was just made cannot be read');
  await keys.add({ ...read, ...about });
  return { id: read.id, key };
}

import { hash } from 'node:crypto';

/** Characters of a key of a metric, param or tag. */
const MAX_CHARACTERS = 250;
/** Leaves room for `thunderline.name.` in front of a renamed key, and for its hash. */
const MAX_RENAMED_CHARACTERS = 220;

/**
 * Characters that MLflow refuses in a key. It allows `\w` of Python, space and `-./:`. Letters outside the Basic
 * Multilingual Plane are left out because MySQL may store three bytes a character, and the letters listed here because
 * Unicode 13, the version of Python 3.10, lacks them.
 */
const REFUSED =
  /[^\p{L}\p{N}_\-./: ]|[\u{10000}-\u{10ffff}\u0870-\u0887\u0889-\u088f\u08b5\u08c8\u08c9\u0c5c\u0c5d\u0cdc\u0cdd\u170d\u171f\u1b4c\u1c89\u1c8a\u2c2f\u2c5f\u9ffd-\u9fff\ua7c0\ua7c1\ua7cb-\ua7dc\ua7f1-\ua7f4]/gu;

/** Whether MLflow accepts `name` as a path: it must be its own normal form, and must not leave its folder. */
const isPlainPath = (name: string): boolean =>
  !name.startsWith('..') && name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/**
 * The key under which MLflow stores `name`: the name itself if MLflow accepts it. Otherwise refused characters become `_`,
 * the path its normal form, and `_` and eight digits of the name's hash are appended, so that two names never become the
 * same key, whichever is seen first.
 *
 * A key is its own key. `nameTag` of entities.ts keeps a name that differs from its key.
 */
export function entityName(name: string): string {
  const characters = [...name.slice(0, 2 * MAX_CHARACTERS + 1)];
  if (name !== '' && characters.length <= MAX_CHARACTERS && name.search(REFUSED) < 0 && isPlainPath(name)) return name;
  const allowed = characters.slice(0, MAX_RENAMED_CHARACTERS).join('').toWellFormed().replaceAll(REFUSED, '_');
  const parts = allowed.split('/').filter((part) => part !== '' && part !== '.');
  const path = parts.map((part) => (part.startsWith('..') ? part.replaceAll('.', '_') : part)).join('/');
  return `${path === '' ? '' : `${path}_`}${hash('sha256', name.toWellFormed(), 'hex').slice(0, 8)}`;
}

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ADDRESSES = /\b(KAFKA_BROKERS|SCHEMA_REGISTRY_URL|DATABASE_URL|S3_ENDPOINT|MLFLOW_TRACKING_URI)\b/;

/**
 * Whether a test file uses the real parts: whether it, or a file of this folder that it imports (world.ts above all),
 * reads where one of them is. Others run without them, so that a run of just those boots nothing.
 *
 * @param {string} file
 * @param {Set<string>} [seen]
 * @returns {boolean}
 */
export function onRealParts(file, seen = new Set()) {
  if (seen.has(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  if (ADDRESSES.test(text)) return true;
  const imports = [...text.matchAll(/from '(\.{1,2}\/[^']+)'/g)].map(([, path]) => join(dirname(file), String(path)));
  return imports.some((path) => path.startsWith(import.meta.dirname) && onRealParts(path, seen));
}

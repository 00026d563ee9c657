import { isUtf8 } from 'node:buffer';
import { Problem } from './problem.ts';

/** Tokens that JavaScript and Python call numbers and JSON does not know. */
const BARE_NON_FINITE = /(?<=[[,:]\s*)-?(?:NaN|Infinity)(?=\s*[\],}])|^\s*-?(?:NaN|Infinity)\s*$/;

/** The JSON value of a body. Throws the `Problem` invalid_encoding or malformed_json. */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new Problem('invalid_encoding', 'the body is not valid UTF-8');
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem('malformed_json', explain(text, error as Error));
  }
}

function explain(text: string, error: Error): string {
  const token = BARE_NON_FINITE.exec(text)?.[0].trim();
  if (token === undefined) return error.message.slice(0, 300);
  return `${token} is not JSON; send it as text: "${token}" (Python: json.dumps writes it bare, so convert it before)`;
}

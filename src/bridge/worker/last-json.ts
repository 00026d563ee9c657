/** The last JSON object in the output of a script. */
export type LastJson =
  | { readonly kind: 'found'; readonly text: string }
  /** An object starts and does not end, or is not JSON. */
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'absent' };

/** Tokens that Python's `json.dumps` writes for doubles that JSON has no number for. */
const TOKENS = ['NaN', '-Infinity', 'Infinity'] as const;
/** The start of an object that is alone on its line, or whose members start on the next one; not a Python dict. */
const START = /^\{[ \t]*(?:"|\}|$)/gm;

interface Scan {
  /** The object, with each of the {@link TOKENS} as a string of its name. */
  readonly text: string;
  readonly end: number;
}

/**
 * Finds the last JSON object that starts at the beginning of a line: what training code prints before it does not matter.
 * Without one, an object that ends the last line counts. An object that is broken is not passed over for an earlier one,
 * which would be the result of something else.
 */
export function lastJson(output: string): LastJson {
  const lines = output.replace(/\r\n?/g, '\n');
  const starts = [...lines.matchAll(START)].map(({ index }) => index).reverse();
  for (const start of starts) {
    const scan = scanObject(lines, start);
    if (scan === undefined) return { kind: 'broken', why: 'the last JSON object is not complete' };
    // An object inside another one whose members are not indented.
    if (/^\s*[,\]}]/.test(lines.slice(scan.end, scan.end + 100))) continue;
    return checked(scan.text);
  }
  const last = lines.trimEnd();
  const start = last.indexOf('{"', last.lastIndexOf('\n') + 1);
  if (start < 0) return starts.length > 0 ? { kind: 'broken', why: 'brackets do not match' } : { kind: 'absent' };
  const scan = scanObject(last, start);
  if (scan === undefined) return { kind: 'broken', why: 'the last JSON object is not complete' };
  return scan.end === last.length ? checked(scan.text) : { kind: 'absent' };
}

function checked(text: string): LastJson {
  try {
    JSON.parse(text);
    return { kind: 'found', text };
  } catch (error) {
    return { kind: 'broken', why: (error as Error).message.slice(0, 200) };
  }
}

/** Reads from an opening bracket to the one that closes it. Undefined if there is none. */
function scanObject(text: string, start: number): Scan | undefined {
  const parts: string[] = [];
  let copied = start;
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') {
      at = endOfString(text, at);
      if (at < 0) return undefined;
    } else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return { text: parts.join('') + text.slice(copied, at + 1), end: at + 1 };
    } else if (character === 'N' || character === 'I' || character === '-') {
      const token = TOKENS.find((name) => text.startsWith(name, at));
      if (token === undefined) continue;
      parts.push(text.slice(copied, at), `"${token}"`);
      at += token.length - 1;
      copied = at + 1;
    }
  }
  return undefined;
}

/** The position of the quote that ends the string; -1 if there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return at;
    if (character === '\\') at += 1;
  }
  return -1;
}

/**
 * Characters that a terminal acts on or hides instead of showing: controls (C0, DEL, C1 with U+009B, which starts an escape
 * sequence by itself), format characters (bidirectional overrides, zero-width ones, tags), halves of surrogate pairs, and
 * the line and paragraph separators.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** By UTF-16 unit, as JSON escapes a character beyond U+FFFF. */
const escapeOf = (character: string): string =>
  SHORT[character] ??
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/**
 * One line of text that is safe to show on a terminal: whatever a sender put into it can neither move the cursor, nor
 * recolour, reorder or hide other text, nor start a line of its own. Each such character becomes its JSON escape
 * (`\u001b`, `\n`), so that a line of JSON stays the same JSON.
 */
export const printable = (line: string): string => line.replace(UNPRINTABLE, escapeOf);

/** Several lines of text, each {@link printable}: for text whose line ends are this program's own. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

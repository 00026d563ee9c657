/** Ends a text that was cut: `… (cut, 12,345 characters)`. */
const lengthMark = (characters: number): string => `… (cut, ${characters.toLocaleString('en')} characters)`;

/**
 * A text as MLflow stores it: halves of surrogate pairs and NUL, which make MLflow drop the rest of a request, become
 * U+FFFD, and a text longer than `maxCharacters` is cut and ends with a mark.
 *
 * @param maxCharacters counted as Unicode characters, as Python does.
 * @param markOf the mark of a text of so many characters; shorter than `maxCharacters`.
 */
export function storedText(
  text: string,
  maxCharacters: number,
  markOf: (characters: number) => string = lengthMark,
): string {
  const clean = text.toWellFormed().replaceAll('\0', '\u{fffd}');
  // A character has one or two UTF-16 units.
  if (clean.length <= maxCharacters) return clean;
  const characters = countCharacters(clean);
  if (characters <= maxCharacters) return clean;
  const mark = markOf(characters);
  return `${firstCharacters(clean, maxCharacters - mark.length)}${mark}`;
}

const SURROGATE_PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

const countCharacters = (text: string): number => text.length - (text.match(SURROGATE_PAIR)?.length ?? 0);

/** The first `count` Unicode characters of a well-formed text. */
function firstCharacters(text: string, count: number): string {
  return Array.from(text.slice(0, 2 * count))
    .slice(0, count)
    .join('');
}

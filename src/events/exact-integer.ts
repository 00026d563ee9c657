/** What ECMAScript's "JSON.parse source text access" adds, which the type library does not know yet. */
interface SourceJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
}

const sourceJson = JSON as unknown as SourceJson;

const INTEGER = /^-?\d+$/;

/**
 * An integer of free-form JSON that a double cannot hold. It keeps its digits, and `JSON.stringify` writes them as they
 * came: a seed of 128 bits is an ordinary hyperparameter, and may not change on the way.
 */
export class ExactInteger {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): object {
    return sourceJson.rawJSON(this.text);
  }
}

/** Parses JSON with an {@link ExactInteger} for each integer that a double cannot hold; many times slower than `JSON.parse`. */
export const parseExactly = (text: string): unknown =>
  sourceJson.parse(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || !Number.isFinite(value)) return value;
    // 2 ** 128 is a double, but its shortest text is that of another integer.
    if (source === undefined || !INTEGER.test(source) || String(value) === source) return value;
    return new ExactInteger(source);
  });

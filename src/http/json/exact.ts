/** What ECMAScript's "JSON.parse source text access" adds, which the type library does not know yet. */
interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
}

const ExactJson = JSON as unknown as ExactJson;

const INTEGER = /^-?\d+$/;

/**
 * Parses JSON so that integers a double cannot hold keep their digits: they become raw JSON values, which
 * `JSON.stringify` writes as they came. A seed of 128 bits is an ordinary hyperparameter, and may not change on the way.
 */
export const parseExactly = (text: string): unknown =>
  ExactJson.parse(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || !Number.isFinite(value)) return value;
    if (source === undefined || !INTEGER.test(source) || BigInt(source) === BigInt(value)) return value;
    return ExactJson.rawJSON(source);
  });

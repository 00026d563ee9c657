import { networksOf } from './access/networks.ts';

/** One setting: the variable that holds it, how its text is read, its default, and what it means. */
export interface Option<T> {
  readonly variable: string;
  /** Text that stands for the default, as a user would write it; undefined where the setting has none. */
  readonly fallback: string | undefined;
  readonly meaning: string;
  readonly secret: boolean;
  /** Throws an Error that says what is expected. */
  readonly read: (text: string) => T;
}

/** Any text, as it is. */
export const text = (value: string): string => value;

/** Texts separated by commas. */
export const list = (value: string): readonly string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Addresses and networks separated by commas. */
export const networks = (value: string): readonly string[] => {
  networksOf(list(value));
  return list(value);
};

/** An integer from `least` to `greatest`. */
export const integer =
  (least: number, greatest = Number.MAX_SAFE_INTEGER) =>
  (value: string): number => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= least && number <= greatest) return number;
    throw new Error(`expected an integer from ${least} to ${greatest}`);
  };

/** One of `options`. */
export const oneOf =
  <T extends string>(options: readonly T[]) =>
  (value: string): T => {
    const found = options.find((option) => option === value);
    if (found === undefined) throw new Error(`expected one of ${options.join(', ')}`);
    return found;
  };

/** A share of a whole, above 0. */
export const share = (value: string): number => {
  const number = Number(value);
  if (value.trim() !== '' && number > 0 && number <= 1) return number;
  throw new Error('expected a number above 0, at most 1');
};

/** An address of one of these protocols. */
export const url =
  (...protocols: readonly string[]) =>
  (value: string): string => {
    if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
    throw new Error(
      `expected an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );
  };

/** What may stand in front of a topic name. */
export const prefix = (value: string): string => {
  if (/^[A-Za-z0-9._-]{0,100}$/.test(value)) return value;
  throw new Error(
    'expected at most 100 letters, digits, dots, dashes and underscores, as Kafka allows in a topic name',
  );
};

/** A path in a bucket, without a slash at either end. */
export const folder = (value: string): string => {
  if (/^[A-Za-z0-9._=-]+(\/[A-Za-z0-9._=-]+)*$/.test(value) && value.length <= 500) return value;
  throw new Error('expected letters, digits, dots, dashes, underscores, = and single slashes between them');
};

/** A setting that may be absent. */
export const optional =
  <T>(read: (text: string) => T) =>
  (value: string): T | undefined =>
    read(value);

/** One line of the table of settings. */
export const option = <T>(
  variable: string,
  read: (text: string) => T,
  fallback: string | undefined,
  meaning: string,
  secret = false,
): Option<T> => ({ variable, read, fallback, meaning, secret });

import { Address } from './address.ts';
import { Credentials } from './credentials.ts';
import { Secret } from './secret.ts';

export const MEBIBYTE = 1_048_576;

/** One setting: the variable that holds it, how its text is read, its default, and its meaning. */
export interface Option<Variable extends string = string, Value = unknown> {
  readonly variable: Variable;
  /** The default as a user would write it; undefined for a setting without a default. */
  readonly fallback: string | undefined;
  /** One sentence for `docs/configuration.md`. */
  readonly meaning: string;
  /** Its value is never logged, and may be in the file that `NAME_FILE` names. */
  readonly secret: boolean;
  /**
   * Throws an Error that states what is expected.
   *
   * @param again reads the text again, which may have changed if it is in a file.
   */
  readonly read: (text: string, again: () => string) => Value;
}

/** The options of one owner, by the name the code reads them by. */
export type OptionGroup = Readonly<Record<string, Option>>;

/** The values of a group of options. */
export type Values<Group extends OptionGroup> = { readonly [Name in keyof Group]: ReturnType<Group[Name]['read']> };

/** Every option of the groups as a pair of its place and its variable. */
type Places<Groups extends Readonly<Record<string, OptionGroup>>> = {
  [Group in keyof Groups]: {
    [Name in keyof Groups[Group]]: readonly [Group, Name, Groups[Group][Name]['variable']];
  }[keyof Groups[Group]];
}[keyof Groups];

/** The variables that occur in more than one place. */
type Repeated<All extends readonly [unknown, unknown, string], Each extends All = All> = Each extends All
  ? Extract<Each[2], Exclude<All, Each>[2]>
  : never;

/** Returns `groups`. Does not compile if two options read the same variable; the error names the variable. */
export const uniqueVariables = <const Groups extends Readonly<Record<string, OptionGroup>>>(
  groups: Groups & ([Repeated<Places<Groups>>] extends [never] ? unknown : { readTwice: Repeated<Places<Groups>> }),
): Groups => groups;

/** A password or a token, which is read again at each use. */
export const secretText = (_: string, again: () => string): Secret => new Secret(again);

/** A token is sent unchanged in a header, where a line break would start another header. */
export const headerToken = (value: string, again: () => string): Secret => {
  if (/^[\x21-\x7e]+$/.test(value)) return new Secret(again);
  throw new Error('expected printable ASCII without spaces');
};

/** Any text, as it is. */
export const text = (value: string): string => value;

/** Texts separated by commas. */
export const list = (value: string): readonly string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Some of `allowed`, separated by commas. */
export const listOf =
  <T extends string>(allowed: readonly T[]) =>
  (value: string): readonly T[] =>
    list(value).map(oneOf(allowed));

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
  (value: string): Address => {
    const address = URL.canParse(value) ? new Address(value) : undefined;
    if (address !== undefined && protocols.includes(address.protocol)) return address;
    throw new Error(
      `expected an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );
  };

/** An address without user info; `instead` names the settings for name and password. */
export const urlWithoutCredentials =
  (instead: string, ...protocols: readonly string[]) =>
  (value: string): Address => {
    const address = url(...protocols)(value);
    if (address.credentials === undefined) return address;
    throw new Error(`expected an address without user and password: set ${instead}`);
  };

/** A name and a password with a colon between them. */
export const userInfo = (value: string): Credentials => {
  const colon = value.indexOf(':');
  if (colon > 0) return new Credentials(value.slice(0, colon), value.slice(colon + 1));
  throw new Error('expected user:password');
};

const HOST_AND_PORT = /^(?:\[[0-9a-f:.]+\]|[^\s:/@[\]]+):\d{1,5}$/i;

/** Servers as `host:port`, separated by commas. */
export const servers = (value: string): readonly string[] => {
  const items = list(value);
  if (items.length > 0 && items.every((item) => HOST_AND_PORT.test(item))) return items;
  throw new Error('expected host:port, or several separated by commas, without protocol, user or password');
};

/** A prefix of topic names. */
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
  <T>(read: (text: string, again: () => string) => T) =>
  (value: string, again: () => string): T | undefined =>
    read(value, again);

/** One option of a group. */
export const option = <const Variable extends string, Value>(
  variable: Variable,
  read: (text: string, again: () => string) => Value,
  fallback: string | undefined,
  meaning: string,
  secret = false,
): Option<Variable, Value> => ({ variable, read, fallback, meaning, secret });

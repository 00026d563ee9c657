import { withoutCredentials } from './address.ts';

/** A text with `***` in the place of every secret. */
export type Redact = (text: string) => string;

/** A key keeps its id, by which it can be revoked. */
const API_KEY = /\b(tlk_[a-z2-7]{16}_)[a-z2-7]+/g;
const BEARER = /\b(bearer(?:\s|%20|\+)+)[^\s"'<>,;\\]{16,}/gi;
const BASIC = /\b(basic(?:\s|%20|\+)+)([\w+/=-]{4,})/gi;
/** The token of a session in its cookie. */
const SESSION = /((?:__Host-thunderline|thunderline-\d+)=)[\w-]{20,}/g;

/** Hides what is recognisable as a secret by its form: credentials in addresses and in headers, API keys, sessions. */
export const withoutSecretForms: Redact = (text) =>
  withoutCredentials(text)
    .replace(BEARER, '$1***')
    .replace(BASIC, (all, scheme: string, token: string) => (isCredentials(token) ? `${scheme}***` : all))
    .replace(API_KEY, '$1***')
    .replace(SESSION, '$1***');

/** Decodes to `user:password`; the word after "Basic" in a sentence does not. */
const isCredentials = (token: string): boolean => Buffer.from(token, 'base64').includes(':');

/** The secrets that a process has, and the function that hides them. */
export interface Redaction {
  /** Hides a secret from now on: in plain text, in JSON, in an address, in base64 and in headers. */
  add(secret: string, user?: string): void;
  readonly redact: Redact;
}

/** A shorter secret would hide parts of ordinary words, and is guessed before it is found in a log. */
const LEAST_LENGTH = 8;

/**
 * Hides the secrets that were added, besides everything that {@link withoutSecretForms} recognises.
 *
 * @param words texts that are no secret even where one is equal to them: names of users, databases and buckets.
 */
export function createRedaction(words: ReadonlySet<string> = new Set()): Redaction {
  const forms = new Set<string>();
  let pattern: RegExp | undefined;
  return {
    add(secret, user = '') {
      if (secret.length < LEAST_LENGTH || words.has(secret)) return;
      const before = forms.size;
      for (const form of formsOf(secret, user)) forms.add(form);
      if (forms.size > before) pattern = patternOf(forms);
    },
    redact: (text) => withoutSecretForms(pattern === undefined ? text : text.replace(pattern, '***')),
  };
}

const base64 = (text: string): string[] =>
  (['base64', 'base64url'] as const).map((encoding) => Buffer.from(text).toString(encoding).replace(/=+$/, ''));

/** The secret as it is written, and as it travels: in the header of basic authentication, and in SASL PLAIN (RFC 4616). */
const formsOf = (secret: string, user: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  new URLSearchParams({ '': secret }).toString().slice(1),
  ...base64(secret),
  ...base64(`${user}:${secret}`),
  ...base64(`\0${user}\0${secret}`),
];

/** Longer forms first: a form that begins with another one would leave its end. */
const patternOf = (forms: ReadonlySet<string>): RegExp =>
  new RegExp(
    [...forms]
      .sort((a, b) => b.length - a.length)
      .map(literally)
      .join('|'),
    'g',
  );

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

import { inspect } from 'node:util';
import { Credentials } from './credentials.ts';

/**
 * The address of a server, which may carry a password.
 *
 * However it is printed - in a template, as JSON, by `console.log` or a logger - it shows protocol, host, port and path, and
 * neither user info nor query, where drivers accept passwords too. Only {@link Address.reveal} returns all of it.
 */
export class Address {
  readonly #text: string;
  readonly #url: URL;

  /** Throws a TypeError when `text` is no URL; the message does not repeat it. */
  constructor(text: string) {
    if (!URL.canParse(text)) throw new TypeError('is not an address');
    this.#text = text;
    this.#url = new URL(text);
  }

  /** The whole address as it was given, for the library that connects to it. */
  reveal(): string {
    return this.#text;
  }

  /** `http:`, `postgres:`, .. */
  get protocol(): string {
    return this.#url.protocol;
  }

  /** The user info; undefined where the address has none. */
  get credentials(): Credentials | undefined {
    const { username, password } = this.#url;
    if (username === '' && password === '') return undefined;
    return new Credentials(decoded(username), decoded(password));
  }

  toString(): string {
    const { protocol, host, pathname } = this.#url;
    return `${protocol}//${host}${pathname}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** URL accepts a bare percent sign where no escape follows. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi;
const SECRET_PARAMETER = /([?&][\w-]*(?:password|token|secret|signature|key)=)[^&\s"'<>\\]*/gi;

/** `text` with `***` for the user info and the secret parameters of every address in it. */
export const withoutCredentials = (text: string): string =>
  text.replace(USER_INFO, '$1***@').replace(SECRET_PARAMETER, '$1***');

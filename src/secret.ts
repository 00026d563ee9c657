import { inspect } from 'node:util';

/**
 * A password or a token. Printed in any way - in a template, as JSON, by `console.log` or a logger - it shows `***`.
 *
 * One that was given in a file is read again at each use, so that a changed password needs no restart.
 */
export class Secret {
  readonly #read: () => string;

  constructor(read: () => string) {
    this.#read = read;
  }

  /** The text itself, for the library that sends it. */
  reveal(): string {
    return this.#read();
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}

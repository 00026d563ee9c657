import { hash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Makes the content of a session's cookie: 256 random bits. */
export const mintToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** The hash by which a token is stored in the table and in memory; undefined if the text is not a token. */
export const hashOfToken = (token: string): string | undefined =>
  TOKEN.test(token) ? hash('sha256', token, 'hex') : undefined;

import type { Address } from '../../address.ts';
import { Credentials } from '../../credentials.ts';
import { describeNetworkError } from '../../network-error.ts';
import { KafkaUnavailable } from '../../record.ts';
import type { Secret } from '../../secret.ts';

export interface TokenSettings {
  readonly endpoint: Address;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scope: string | undefined;
}

/** A bearer token and its last moment, epoch milliseconds. */
interface Token {
  readonly value: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

const TIMEOUT_MS = 10_000;
/** A token is renewed this long before it expires, or after four fifths of a shorter life. */
const MARGIN_MS = 60_000;
const USED_SHARE = 0.8;
/** The life of a token that does not state its own. */
const DEFAULT_LIFE_MS = 300_000;

/**
 * Gets bearer tokens by the grant `client_credentials` (RFC 6749, section 4.4). A token is used for all connections until
 * shortly before its end: kafkajs asks for one at each authentication, which with short tokens is every few seconds. Rejects
 * with {@link KafkaUnavailable}.
 *
 * @param now epoch milliseconds.
 */
export function createTokenSource(settings: TokenSettings, now: () => number = Date.now): () => Promise<string> {
  let token: Token | undefined;
  let asking: Promise<Token> | undefined;

  async function renew(): Promise<Token> {
    try {
      return await requestToken(settings, now());
    } catch (error) {
      // The endpoint may be unavailable for a moment, which a token that is still valid bridges.
      if (token !== undefined && token.expiresAt > now()) return token;
      const { endpoint } = settings;
      // Without its cause: `fetch` reports failures of the network as a TypeError, which elsewhere is a bug.
      throw new KafkaUnavailable(`no token for Kafka from ${endpoint}: ${describeNetworkError(error)}`);
    }
  }

  return async () => {
    if (token !== undefined && isFresh(token, now())) return token.value;
    asking ??= renew().finally(() => {
      asking = undefined;
    });
    token = await asking;
    return token.value;
  };
}

const isFresh = ({ issuedAt, expiresAt }: Token, now: number): boolean =>
  now < Math.max(expiresAt - MARGIN_MS, issuedAt + (expiresAt - issuedAt) * USED_SHARE);

async function requestToken({ endpoint, clientId, clientSecret, scope }: TokenSettings, now: number): Promise<Token> {
  const response = await fetch(endpoint.reveal(), {
    method: 'POST',
    headers: { authorization: new Credentials(encode(clientId), encode(clientSecret.reveal())).basic },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: Error) => {
    // `fetch` reports every failure as "fetch failed", and its cause apart.
    throw error.cause ?? error;
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`it answers ${response.status}${remedyOf(response.status)}`);
  const { access_token: value, expires_in: seconds } = parse(text);
  if (typeof value !== 'string') throw new Error('its answer has no access_token');
  const lifeMs = typeof seconds === 'number' ? seconds * 1_000 : DEFAULT_LIFE_MS;
  return { value, issuedAt: now, expiresAt: expiryOf(value) ?? now + lifeMs };
}

/** Both parts are form-encoded before they are joined (RFC 6749, section 2.3.1). */
const encode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);

const remedyOf = (status: number): string =>
  status === 400 || status === 401
    ? ': check KAFKA_SASL_OAUTHBEARER_CLIENT_ID, KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET and KAFKA_SASL_OAUTHBEARER_SCOPE'
    : '';

function parse(text: string): { readonly access_token?: unknown; readonly expires_in?: unknown } {
  try {
    return JSON.parse(text) as object;
  } catch (cause) {
    throw new Error('its answer is not JSON', { cause });
  }
}

/** The claim `exp` of a JSON Web Token, as epoch milliseconds; undefined for a token of another kind. */
function expiryOf(token: string): number | undefined {
  try {
    const { exp } = claimsOf(token);
    return typeof exp === 'number' ? exp * 1_000 : undefined;
  } catch {
    return undefined;
  }
}

/** The claims of a JSON Web Token, unverified. Throws if the text is not one. */
export const claimsOf = (token: string): { readonly exp?: unknown; readonly sub?: unknown } =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object;

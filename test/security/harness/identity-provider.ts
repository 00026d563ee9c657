import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const ISSUER = 'https://issuer.test';
export const AUDIENCE = 'kafka';
const KEY_ID = 'test';

/** Issues bearer tokens by the grant `client_credentials`, signed with a key that brokers read from a file. */
export interface IdentityProvider {
  /** Its token endpoint. */
  readonly url: string;
  /** The tokens issued so far. */
  readonly issued: number;
  /** Changes the tokens issued from now on. */
  issue(change: { readonly audience?: string; readonly lifeSeconds?: number }): void;
  close(): Promise<void>;
}

/**
 * @param jwksFile where it writes its public key.
 * @param secrets the secret of each client.
 */
export async function startIdentityProvider(
  jwksFile: string,
  secrets: Readonly<Record<string, string>>,
): Promise<IdentityProvider> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' };
  writeFileSync(jwksFile, JSON.stringify({ keys: [jwk] }));
  let settings = { audience: AUDIENCE, lifeSeconds: 300 };
  let issued = 0;

  function tokenFor(client: string): string {
    const now = Math.floor(Date.now() / 1_000);
    const { audience: aud, lifeSeconds } = settings;
    const claims = { iss: ISSUER, aud, sub: client, iat: now, exp: now + lifeSeconds, jti: randomUUID() };
    const text = [{ alg: 'RS256', kid: KEY_ID }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const signed = text.join('.');
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey).toString('base64url')}`;
  }

  const server = createServer((request, response) => {
    const [, basic = ''] = (request.headers.authorization ?? '').split(' ');
    const [client = '', secret] = Buffer.from(basic, 'base64').toString().split(':');
    request.resume();
    if (secrets[client] !== secret) return void response.writeHead(401).end('{"error":"invalid_client"}');
    issued += 1;
    response.writeHead(200, { 'content-type': 'application/json' });
    const content = { access_token: tokenFor(client), token_type: 'Bearer', expires_in: settings.lifeSeconds };
    response.end(JSON.stringify(content));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    get issued() {
      return issued;
    },
    issue(change) {
      settings = { ...settings, ...change };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

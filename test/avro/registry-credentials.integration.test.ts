import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Address } from '../../src/address.ts';
import { checkSchemas } from '../../src/avro/check-schemas.ts';
import { createCodec } from '../../src/avro/codec.ts';
import { connectRegistry, RegistryUnavailable } from '../../src/avro/registry.ts';
import type { RegistrySettings } from '../../src/avro/registry-access.ts';
import { Credentials } from '../../src/credentials.ts';
import { createAvroWorld, schemas } from './avro-world.ts';

const world = await createAvroWorld();
const { topicPrefix } = world;
const PASSWORD = 'pa:ss w0rd';
const GOOD = new Credentials('user', PASSWORD);

/** The real registry behind a proxy that asks for a name and a password. */
const proxy = createServer((request, response) => void forward(request, response));
let host: string;

async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.headers.authorization !== GOOD.basic) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end('{"error_code":401,"message":"no"}');
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
  const headers = { 'content-type': request.headers['content-type'] ?? 'application/json' };
  const answer = await fetch(`${world.registryUrl}${request.url}`, {
    method: request.method ?? 'GET',
    headers,
    ...body,
  });
  response
    .writeHead(answer.status, { 'content-type': 'application/json' })
    .end(Buffer.from(await answer.arrayBuffer()));
}

beforeAll(async () => {
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await world.close();
});

test.each<[string, () => RegistrySettings]>([
  ['settings of their own', () => ({ url: new Address(`http://${host}`), userInfo: GOOD })],
  ['the address', () => ({ url: new Address(`http://user:${encodeURIComponent(PASSWORD)}@${host}/`) })],
  ['both, where the settings win', () => ({ url: new Address(`http://old:one@${host}`), userInfo: GOOD })],
])('credentials from %s are sent with every request to the registry', async (_, settings) => {
  const registry = connectRegistry(settings());
  await createCodec(registry, schemas, topicPrefix, ['ml.commands']);
  const id = await registry.register(`${topicPrefix}credentials`, schemas.RunMetric.text);
  expect(await registry.schemaText(id)).toContain('RunMetric');
  expect(await checkSchemas(settings(), schemas, topicPrefix, ['ml.commands'])).toMatchObject([{ problems: [] }]);
});

test('refused credentials are reported with the setting to check, and the password is in no message', async () => {
  const settings = { url: new Address(`http://user:s3cret@${host}`) };
  const registry = connectRegistry(settings, 30_000);
  for (const request of [
    () => registry.schemaText(1),
    () => registry.register(`${topicPrefix}refused`, schemas.RunMetric.text),
    () => checkSchemas(settings, schemas, topicPrefix, ['ml.commands']),
  ]) {
    const error = await request().then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toBeInstanceOf(RegistryUnavailable);
    expect(error?.message).toContain('check SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO');
    expect(error?.message).toContain(`http://${host}`);
    expect(error?.message).not.toContain('s3cret');
  }
});

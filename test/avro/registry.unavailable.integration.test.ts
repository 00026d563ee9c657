import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Address } from '../../src/address.ts';
import type { Records } from '../../src/avro/any-record.ts';
import { checkSchemas } from '../../src/avro/check-schemas.ts';
import { createCodec } from '../../src/avro/codec.ts';
import { connectRegistry, RegistryUnavailable } from '../../src/avro/registry.ts';
import { createAvroWorld, schemas } from './avro-world.ts';

const world = await createAvroWorld();
afterAll(() => world.close());
const { codec, topicPrefix } = world;

const metric: Records['RunMetric'] = {
  event_id: '019aa6c0-0000-7000-8000-000000000001',
  timestamp: 1,
  received_at: 2,
  model_run_id: 'r',
  trial_id: null,
  attempt: 0,
  mlflow_run_id: null,
  spectral_norm: null,
  source: null,
  correlation_id: null,
  metadata: null,
  step: 3,
  measurements: { loss: 1 },
  priority: null,
  pipeline: null,
  category: null,
  constraint_method: null,
  taxonomy_version: null,
  event_version: null,
};

describe('a registry that does not answer', () => {
  test('is a failure of the registry, and is requested again', async () => {
    const answers: (() => Promise<string | undefined>)[] = [
      () => Promise.reject(new RegistryUnavailable('away')),
      async () => schemas.RunMetric.text,
    ];
    const registry = { ...world.registry, schemaText: () => (answers.shift() ?? (() => Promise.reject()))() };
    const fresh = await createCodec(registry, schemas, topicPrefix, []);
    const value = codec.encode('ml.events', 'RunMetric', metric);
    await expect(fresh.decode(value)).rejects.toThrow(RegistryUnavailable);
    expect(await fresh.decode(value)).toMatchObject({ ok: true });
  });

  test.each([
    ['503', (status: number) => status],
    ['silent', () => undefined],
  ])('because it is %s is reported with its address', async (_, answer) => {
    const server = createServer((_request, response) => {
      const status = answer(503);
      if (status !== undefined) response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const registry = connectRegistry({ url: new Address(url) }, 200);
    try {
      for (const asked of [registry.schemaText(1), registry.register('subject', schemas.RunMetric.text)]) {
        await expect(asked).rejects.toThrow(RegistryUnavailable);
        await expect(asked).rejects.toThrow(url);
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test('because nothing listens there is reported too, also when registering', async () => {
    const registry = connectRegistry({ url: new Address('http://127.0.0.1:1') }, 200);
    await expect(registry.schemaText(1)).rejects.toThrow(RegistryUnavailable);
    await expect(registry.register('s', schemas.RunMetric.text)).rejects.toThrow(RegistryUnavailable);
  });

  test('because SCHEMA_REGISTRY_URL lacks its path is reported with the path, by every request', async () => {
    const url = new Address(world.registryUrl);
    const settings = { url: new Address(new URL('/', `${url}`).href) };
    const registry = connectRegistry(settings, 30_000);
    for (const request of [
      () => registry.schemaText(1),
      () => registry.register(`${topicPrefix}lost`, schemas.RunMetric.text),
      () => checkSchemas(settings, schemas, topicPrefix, ['ml.commands']),
    ]) {
      await expect(request()).rejects.toThrow(RegistryUnavailable);
      await expect(request()).rejects.toThrow(/404.*check the path in SCHEMA_REGISTRY_URL, .*\/apis\/ccompat\/v7/);
      await expect(request()).rejects.not.toThrow('object Object');
    }
  });
});

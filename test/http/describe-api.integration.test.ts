import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { loadConfig } from '../../src/config.ts';
import { EVENT_LIMITS } from '../../src/events/fault.ts';
import { ingestOperation } from '../../src/http/ingest/ingest-operation.ts';
import { createLog } from '../../src/log.ts';
import { gateway as gatewayRole } from '../../src/roles/gateway.ts';
import { type Serving, serve } from '../../src/serve.ts';
import { createWorld, type World } from '../support/world.ts';

type Media = Readonly<Record<string, { readonly schema?: object; readonly examples?: object }>>;
interface Operation {
  readonly requestBody?: { readonly content: Media };
  readonly responses: Readonly<Record<string, { readonly content?: Media }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const INGEST = '/api/events/ml';

let world: World;
let gateway: Serving;
let document: Document;
let ajv: Ajv2020;
const FORMATS = { uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, uri: URL.canParse };

beforeAll(async () => {
  world = await createWorld();
  gateway = await serve(loadConfig(world.environment), [gatewayRole], createLog('silent'));
  document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as Document;
  ajv = new Ajv2020({ strict: false, formats: FORMATS });
  ajv.addSchema({ ...document, $id: 'https://thunderline.example/openapi' });
});
afterAll(async () => {
  await gateway.stop();
  await world.close();
});

/** Holds an answer against what is described for its status. */
function described(operation: Operation | undefined, status: number, type: string): ValidateFunction {
  const schema = operation?.responses[status]?.content?.[type]?.schema;
  if (schema === undefined) throw new Error(`an answer ${status} of ${type} is not described`);
  const text = JSON.stringify(schema).replaceAll('"#/', '"https://thunderline.example/openapi#/');
  return ajv.compile(JSON.parse(text));
}

const postExamples = Object.entries(operationOf().requestBody?.content ?? {}).flatMap(([type, { examples = {} }]) =>
  Object.entries(examples).map(([name, { value }]) => [type, name, value as unknown] as const),
);

/** The description without a server, for the names of the tests. */
function operationOf(): Operation {
  const json = { maxBytes: 1, maxEntries: 1, maxExactEntries: 1 };
  const limits = { maxBodyBytes: 1, maxDecodedBytes: 1, maxEvents: 1, event: EVENT_LIMITS, json };
  return ingestOperation(limits) as unknown as Operation;
}

describe('an example of /openapi.json', () => {
  test('stands there for each event and each format', () => {
    expect(postExamples.length).toBeGreaterThan(6);
  });

  test.each(postExamples)('%s: %s is accepted when it is posted, and answered as described', async (type, _, value) => {
    const answer = await fetch(gateway.url + INGEST, {
      method: 'POST',
      headers: { 'content-type': type },
      body: typeof value === 'string' ? value : JSON.stringify(value),
    });
    const said = await answer.json();
    expect([answer.status, said]).toEqual([202, said]);
    const fits = described(document.paths[INGEST]?.post, 202, 'application/json');
    expect([fits(said), fits.errors]).toEqual([true, null]);
  });
});

describe('a refused request is answered as described', () => {
  test.each([
    ['some of a batch', '[{"event":"ml.trial.start","trial_id":"t"},{"event":"x"}]', 207, 'application/json'],
    ['all of a batch', '[{"event":"x"}]', 422, 'application/problem+json'],
    ['no JSON', '{', 400, 'application/problem+json'],
  ])('%s', async (_, body, status, type) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(gateway.url + INGEST, { method: 'POST', headers, body });
    const said = await answer.json();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, type]);
    const fits = described(document.paths[INGEST]?.post, status, type);
    expect([fits(said), fits.errors]).toEqual([true, null]);
  });
});

test('the page at /docs takes everything from here, and its policy lets it take nothing from elsewhere', async () => {
  const page = await fetch(`${gateway.url}/docs`);
  const html = await page.text();
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => String(link));
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) {
    expect(link).toMatch(/^\/(?!\/)/);
    expect((await fetch(gateway.url + link)).status).toBe(200);
  }
  const policy = String(page.headers.get('content-security-policy'));
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:|\*|unsafe/);
});

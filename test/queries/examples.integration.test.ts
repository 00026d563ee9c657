import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { FEED_TOPICS, layoutOf, readPosition } from '../../src/feed-position.ts';
import type { Schema } from '../../src/http/openapi/kinds.ts';
import type { Route } from '../../src/http/route.ts';
import type { QueryParts } from '../../src/queries/query-parts.ts';
import { queryRoutes } from '../../src/queries/query-routes.ts';
import { TOPICS } from '../../src/topics.ts';
import { accept } from '../events/receive.ts';
import { createQueryWorld, type QueryWorld, queryString } from './query-world.ts';

let world: QueryWorld;
let ajv: Ajv2020;
const SCHEMA_ID = 'https://thunderline.example/openapi';

beforeAll(async () => {
  world = await createQueryWorld();
  await world.write(...[1, 2, 3].flatMap((n) => trialEvents(`trial-${n}`, n)));
  const document = await world.get<object>('/openapi.json');
  ajv = new Ajv2020({ strict: false, formats: { 'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, uri: true, uuid: true } });
  ajv.addSchema({ ...document, $id: SCHEMA_ID });
});
afterAll(() => world.close());

const trialEvents = (trial_id: string, n: number) => {
  const about = { model_run_id: 'study-1', trial_id, spectral_norm: n % 2 === 0 };
  const parameters = { lr: n / 1000, optimizer: 'adam' };
  return [
    accept('ml.trial.start', { ...about, hyperparams: parameters, mlflow_run_id: `mlflow-${n}` }),
    ...[0, 1, 2].map((step) =>
      accept('ml.run.metric', { ...about, step, measurements: { loss: 1 / (step + n), val_accuracy: step / 10 } }),
    ),
    accept('ml.trial.complete', { ...about, parameters, metrics: { val_accuracy: 0.9 + n / 100, loss: 0.1 } }),
  ];
};

// Only the descriptions are used.
const ROUTES = queryRoutes({} as QueryParts);

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly example?: unknown;
}

/** The request that the examples of a route's parameters make. */
function exampleOf({ path, operation }: Route): string {
  const parameters = (operation.parameters ?? []) as unknown as readonly Parameter[];
  const inPath = (name: string) => String(parameters.find((one) => one.in === 'path' && one.name === name)?.example);
  const query = parameters
    .filter((one) => one.in === 'query' && one.example !== undefined)
    .flatMap(({ name, example }) => (name === 'conditions' ? Object.entries(example as object) : [[name, example]]));
  return (
    path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(inPath(name))) +
    queryString(Object.fromEntries(query))
  );
}

function describedAnswer({ operation }: Route) {
  const { content } = operation.responses[200] as {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  const text = JSON.stringify(content['application/json']?.schema).replaceAll('"#/', `"${SCHEMA_ID}#/`);
  return ajv.compile(JSON.parse(text) as object);
}

test.each(ROUTES.map((route) => [route.name, route] as const))(
  '%s: the example is answered as described',
  async (_, route) => {
    const content = await world.get(exampleOf(route));
    const fits = describedAnswer(route);
    expect([fits(content), fits.errors]).toEqual([true, null]);
    // A comparison names the run as that of its best trials; curves and adoption name none.
    expect(JSON.stringify(content)).toMatch(/study-1|"trials":3/);
  },
);

test('as_of is a position that the live feed continues from', async () => {
  const response = await fetch(`${world.server.url}/api/runs`);
  const { as_of } = (await response.json()) as { as_of: string };
  const layout = layoutOf(FEED_TOPICS.map((topic) => ({ topic, id: undefined, partitions: TOPICS[topic].partitions })));
  // The topics here have ids of their own, so only the form is that of the layout.
  expect(readPosition(layout, as_of)).toBe('other_topics');
  expect(response.headers.get('thunderline-as-of')).toBe(as_of);
});

test('the conditions of the example select by value', async () => {
  const list = ROUTES.find(({ name }) => name === 'listTrials') as Route;
  const { trials } = await world.get<{ trials: { trial_id: string; parameters: object; metrics: object }[] }>(
    exampleOf(list),
  );
  expect(trials.map(({ trial_id, parameters, metrics }) => ({ trial_id, parameters, metrics }))).toEqual(
    [3, 2, 1].map((n) => ({
      trial_id: `trial-${n}`,
      parameters: { lr: n / 1000 },
      metrics: { val_accuracy: 0.9 + n / 100 },
    })),
  );
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { csvLine } from '../../src/queries/csv.ts';
import { accept } from '../events/receive.ts';
import { createQueryWorld, type QueryWorld, queryString } from './query-world.ts';

let world: QueryWorld;
const TRIALS = 1_200;
const HOSTILE = `=cmd|' /C "calc"'!A0`;

beforeAll(async () => {
  world = await createQueryWorld();
  await world.write(
    ...Array.from({ length: TRIALS }, (_, n) =>
      accept('ml.trial.complete', {
        model_run_id: `r${n % 2}`,
        trial_id: `t${n}`,
        parameters: { lr: -n, note: HOSTILE },
        metrics: { loss: n === 0 ? 'NaN' : n },
      }),
    ),
    ...[0, 1].map((step) =>
      accept('ml.run.metric', {
        model_run_id: 'r1',
        trial_id: HOSTILE,
        step,
        measurements: { loss: step === 0 ? '-Infinity' : 0.1 },
      }),
    ),
    accept('ml.run.metric', { model_run_id: 'r1', step: 7, measurements: { best: 1 } }),
  );
});
afterAll(() => world.close());

const text = async (path: string) => {
  const response = await fetch(world.server.url + path);
  return { type: response.headers.get('content-type'), body: await response.text() };
};

test('every trial is exported once, formula cells are escaped and NaN is kept', async () => {
  const { type, body } = await text(
    `/api/export/trials${queryString({ column: ['param.lr', 'param.note', 'metric.loss'], 'param.lr': 'lte:0' })}`,
  );
  expect(type).toBe('text/csv; charset=utf-8');
  const [head, ...lines] = body.trimEnd().split('\r\n');
  expect(head).toBe(
    'model_run_id,trial_id,status,attempt,spectral_norm,mlflow_run_id,mlflow_url,rank,started_at,completed_at,duration_ms,error_type,error_message,param.lr,param.note,metric.loss',
  );
  expect(lines).toHaveLength(TRIALS);
  expect(new Set(lines.map((line) => line.split(',')[1])).size).toBe(TRIALS);
  expect(lines.find((line) => line.startsWith('r0,t0,'))).toMatch(/,0,"'=cmd\|' \/C ""calc""'!A0",NaN$/);
  expect(lines.find((line) => line.startsWith('r1,t7,'))).toMatch(/,-7,"'=cmd.*",7$/);
});

test('JSON has whole documents', async () => {
  const { body } = await text('/api/export/trials?format=json&model_run_id=r0');
  const trials = JSON.parse(body) as { trial_id: string; parameters: object; metrics: object }[];
  expect(trials).toHaveLength(TRIALS / 2);
  expect(trials.find(({ trial_id }) => trial_id === 't0')).toMatchObject({
    parameters: { lr: 0, note: HOSTILE },
    metrics: { loss: 'NaN' },
  });
  expect(JSON.parse((await text('/api/export/trials?format=json&model_run_id=absent')).body)).toEqual([]);
});

test('every point of a run is exported as it is stored', async () => {
  const { body } = await text('/api/runs/r1/metrics/export');
  const cells = body
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(',').slice(0, 5).join(','));
  expect(cells.sort()).toEqual(
    [
      `r1,"'=cmd|' /C ""calc""'!A0",loss,0,-Infinity`,
      `r1,"'=cmd|' /C ""calc""'!A0",loss,1,0.1`,
      'model_run_id,trial_id,name,step,value',
      'r1,,best,7,1',
    ].sort(),
  );
  const { body: json } = await text(`/api/runs/r1/metrics/export${queryString({ format: 'json', trial: HOSTILE })}`);
  expect(JSON.parse(json)).toMatchObject([
    { trial_id: HOSTILE, step: 0, value: '-Infinity' },
    { trial_id: HOSTILE, step: 1, value: 0.1 },
  ]);
});

test.each([
  [['a', 1, true, null], 'a,1,true,\r\n'],
  [['a"b', 'a,b', 'a\nb'], '"a""b","a,b","a\nb"\r\n'],
  [['=1', '+1', '-1', '@x', '\tx', '\rx'], `'=1,'+1,'-1,'@x,'\tx,"'\rx"\r\n`],
  [['＝1', ' =1', 'a;=1', ' a'], `'＝1,' =1,"a;=1", a\r\n`],
  [[-1, Number.NEGATIVE_INFINITY], '-1,-Infinity\r\n'],
])('%j is one line of CSV', (cells, line) => {
  expect(csvLine(cells)).toBe(line);
});

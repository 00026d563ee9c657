import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { bridge } from '../../src/roles/bridge.ts';
import { createPagesWorld, type PagesWorld } from '../pages/pages-world.ts';
import { installTestPython } from '../runner/python.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { query } from '../support/query.ts';

// A browser and Python beside all other tests are slow; each wait has its own limit.
jest.setTimeout(600_000);

const TRIALS = 6;
const LINES = 'section[aria-label="val_accuracy"] canvas.lines';
const SPACE = {
  learning_rate: { type: 'float', low: 0.001, high: 0.5, log: true },
  n_layers: { type: 'int', low: 2, high: 4 },
  epochs: { type: 'int', low: 80, high: 80 },
};

let world: PagesWorld;
let page: Page;

beforeAll(async () => {
  const port = String(await freePort());
  const python = await installTestPython();
  // Workers inherit the address from the environment of the bridge, not from its settings.
  process.env.THUNDERLINE_URL = `http://127.0.0.1:${port}`;
  world = await createPagesWorld(
    {
      PORT: port,
      CEREBROS_PYTHON: python,
      BRIDGE_STUDY_PYTHON: python,
      BRIDGE_GRACE_MS: '1000',
      // On a busy machine the start of Python may take longer than the default.
      BRIDGE_TIMEOUT_MS: '300000',
    },
    [bridge],
  );
  page = await world.browser.open(world.url);
});
afterAll(() => world.close());

/** Starts a study in the dialog of the monitor. */
async function start(run: string, trials: number, parallelism: number): Promise<void> {
  await page.getByRole('button', { name: 'Start a study' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Run id').fill(run);
  await dialog.getByLabel('Trials', { exact: true }).fill(String(trials));
  await dialog.getByLabel('Parallel trials').fill(String(parallelism));
  await dialog.getByLabel('Search space').fill(JSON.stringify(SPACE));
  await dialog.getByRole('button', { name: `Start ${trials} trials` }).click();
  await page.waitForURL(`**/runs/${run}`);
}

const rowsWith = (status: string): Locator =>
  page.locator('table.trials tbody tr', { has: page.locator(`[data-status="${status}"]`) });

test('a study that is started on the page appears, moves its charts and ends without a reload', async () => {
  await page.evaluate('globalThis.isTheSameDocument = true');
  await start('bridged', TRIALS, 2);
  await eventually(async () => (await page.locator('table.trials tbody tr').count()) === TRIALS);
  await rowsWith('running').first().waitFor();

  // The values beside a chart and its lines change while trials run.
  const values = page.getByRole('list', { name: 'values of val_accuracy' });
  const texts = new Set<string>();
  const drawings = new Set<string>();
  await eventually(async () => {
    if ((await values.count()) === 0) return false;
    texts.add((await values.textContent()) ?? '');
    drawings.add(await page.evaluate<string>(`document.querySelector(${JSON.stringify(LINES)}).toDataURL()`));
    return texts.size >= 5 && drawings.size >= 5;
  });
  // The study may prune a trial.
  const ended = async (): Promise<number> =>
    (await rowsWith('completed').count()) + (await rowsWith('skipped').count());
  await eventually(async () => (await ended()) === TRIALS);
  expect(await page.evaluate('globalThis.isTheSameDocument')).toBe(true);
});

test('every point of every trial is in the charts, as in Postgres', async () => {
  const details = page.locator('section[aria-label="train_loss"] details');
  await details.getByText('As a table').click();
  const { rows } = await query(
    world.databaseUrl,
    `select trial_id, max(step)::int4 as step, count(*)::int4 as points from trial_metric_points
     where model_run_id = 'bridged' and name = 'train_loss' group by 1 order by 1`,
  );
  expect(rows).toHaveLength(TRIALS);
  expect(Math.max(...rows.map(({ points }) => points))).toBe(SPACE.epochs.high);
  await eventually(async () => {
    const found = await details.locator('tbody tr').allTextContents();
    return rows.every(({ trial_id, step }) => found.some((text) => text.startsWith(`${trial_id}${step}`)));
  });
});

test('the comparison of the study is that of SQL', async () => {
  await page.getByRole('link', { name: 'Compare groups of trials' }).click();
  await page.getByRole('heading', { name: 'Compare' }).waitFor();
  await page.getByText('Parameters against results').waitFor();
  await page.getByText('Export').first().click();
  const href = await page.getByRole('link', { name: 'Figures of the groups, CSV' }).first().getAttribute('href');
  const [head = '', ...lines] = decodeURIComponent(String(href).split(',').slice(1).join(',')).trim().split('\r\n');
  const { rows } = await query(
    world.databaseUrl,
    `select spectral_norm::text as norm, count(*)::int4 as n, avg(value) as mean, stddev_samp(value) as sd,
       min(value) as min, max(value) as max, percentile_cont(0.5) within group (order by value) as median
     from trial_final_metric_values where model_run_id = 'bridged' and name = 'val_accuracy' group by 1 order by 1`,
  );
  expect(rows).toHaveLength(2);
  const columns = head.split(',');
  const figures = lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [columns[at], cell])));
  for (const [at, { norm, n, ...expected }] of rows.entries()) {
    expect(figures[at]).toMatchObject({ spectral_norm: norm, n: String(n) });
    for (const [name, value] of Object.entries(expected)) {
      expect([name, Math.abs(Number(figures[at]?.[name]) - Number(value)) < 1e-9]).toEqual([name, true]);
    }
  }
});

test('conditions on a value and on spectral norm keep the trials that SQL keeps', async () => {
  await page.goto(`${world.url}/runs/bridged`);
  const {
    rows: [{ value, kept, normed }],
  } = await query(
    world.databaseUrl,
    `with m as (select value from trial_final_metric_values where model_run_id = 'bridged' and name = 'val_accuracy' and spectral_norm)
     select max(value) as value, (select count(*)::int4 from m where value >= (select max(value) from m)) as kept,
       (select count(*)::int4 from cerebros_model_trials where model_run_id = 'bridged' and spectral_norm) as normed from m`,
  );
  await page.getByText('Condition', { exact: true }).click();
  await page.getByLabel('Metric or parameter').fill('metric.val_accuracy');
  await page.getByLabel('Value', { exact: true }).fill(String(value));
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByLabel('Metric or parameter').fill('spectral_norm');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByText(new RegExp(`^${kept} of ${kept} trials? loaded`)).waitFor();
  await page.getByRole('button', { name: /remove the condition val_accuracy/ }).click();
  await page.getByText(new RegExp(`^${normed} of ${normed} trials? loaded`)).waitFor();
});

test('a trial of the study has its parameters, its charts and its events', async () => {
  await rowsWith('completed').first().locator('th a').click();
  await page.getByRole('heading', { name: 'Parameters' }).waitFor();
  for (const name of Object.keys(SPACE)) await page.getByText(name, { exact: true }).waitFor();
  await page.getByRole('list', { name: 'values of val_accuracy' }).waitFor();
  await page.getByText(/completed, with .*final metrics/).waitFor();
});

test('a study is cancelled on its page, once it is confirmed', async () => {
  await page.goto(world.url);
  await start('cancelled', 40, 1);
  await page.getByRole('button', { name: 'Cancel the run' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('trials have not ended').waitFor();
  await dialog.getByRole('button', { name: 'Cancel the run' }).click();
  await eventually(async () => {
    const { rows } = await query(
      world.databaseUrl,
      `select 1 from model_runs where model_run_id = 'cancelled' and status = 'cancelled'`,
    );
    return rows.length === 1;
  });
  await page.locator('.title [data-status="cancelled"]').waitFor();
});

test('no page has reported an error', () => {
  expect(world.browser.faults).toEqual([]);
});

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { axeFaults } from '../pages/axe-faults.ts';
import { completed, createPagesWorld, point, started } from '../pages/pages-world.ts';
import { eventually } from '../support/eventually.ts';

// A browser beside all other tests is slow; each wait has its own limit.
jest.setTimeout(300_000);

const world = await createPagesWorld();
afterAll(() => world.close());
const { browser, url } = world;

const METRICS = Array.from({ length: 23 }, (_, n) => `metric${n}`);
const PARAMETERS = Array.from({ length: 60 }, (_, n) => `p${n}`);
const all = <T>(names: readonly string[], value: T) => Object.fromEntries(names.map((name) => [name, value]));

beforeAll(async () => {
  await world.post(
    ...['a', 'b'].flatMap((trial, at) => [
      started(trial, { spectral_norm: at === 0, hyperparams: { lr: at + 1, ...all(PARAMETERS, at) } }),
      point(trial, 0, { loss: 1 }),
      completed(trial, { loss: at + 0.5, ...all(METRICS, at + 1) }),
    ]),
    started('c', { model_run_id: 'second', hyperparams: { width: 8 } }),
    completed('c', { loss: 0.25, top: 7 }, { model_run_id: 'second' }),
    started('d', { model_run_id: 'early', hyperparams: { lr: 1 } }),
  );
  await eventually(async () => {
    const { trials } = await world.get<{ trials: { total: number } }>('/api/runs/early/facets?model_run_id=second');
    return trials.total === 2;
  });
});

const open = (path: string): Promise<Page> => browser.open(`${url}${path}`, { mayFail: true, height: 1_200 });
const menu = (page: Page, label: RegExp) => page.locator('details.several').filter({ hasText: label }).first();
const groups = (page: Page, metric: string) => page.getByRole('table', { name: `${metric} by group` });
const unavailable = { status: 503, json: { code: 'query_too_heavy', detail: 'no time for it' } };

test('figures of earlier choices are marked until the answer to the present ones arrives', async () => {
  const page = await open('/compare?model_run_id=study&metric=loss');
  await groups(page, 'loss').waitFor();
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/api/compare?*', async (route) => {
    await released;
    await route.continue();
  });
  await menu(page, /^Metrics:/)
    .locator('summary')
    .click();
  await menu(page, /^Metrics:/)
    .getByLabel('metric0', { exact: true })
    .check();
  await page.getByText('Reading the comparison …').waitFor();
  expect(await page.locator('.answered[aria-busy="true"]', { has: groups(page, 'loss') }).count()).toBeGreaterThan(0);
  release();
  await groups(page, 'metric0').waitFor();
  await page.getByText('Reading the comparison …').waitFor({ state: 'detached' });
  await page.context().close();
});

test('a read that fails has its error beside the figures of before, and can be tried again', async () => {
  const page = await open('/compare?model_run_id=study&metric=loss');
  await page.getByRole('heading', { name: 'Parallel coordinates' }).waitFor();
  await page.route(/\/api\/(compare|trials)\?/, (route) => route.fulfill(unavailable));
  await page.getByLabel('Best is').selectOption('min');
  const alert = page.getByRole('alert').filter({ hasText: 'Cannot read the comparison: no time for it' });
  await alert.getByText('belongs to earlier choices').waitFor();
  expect(await axeFaults(page)).toEqual([]);
  await page.unroute(/\/api\/(compare|trials)\?/);
  await alert.getByRole('button', { name: 'Try again' }).click();
  await alert.waitFor({ state: 'detached' });
  await page.context().close();
});

test('a comparison whose single trials cannot be read reports it', async () => {
  const page = await browser.open(`${url}/compare?model_run_id=study&metric=loss`, {
    mayFail: true,
    prepare: (each) => each.route('**/api/trials?*', (route) => route.fulfill(unavailable)),
  });
  await page.getByRole('alert').getByText('Cannot read the single trials: no time for it').waitFor();
  await page.context().close();
});

test('a list of trials that cannot be read for a filter is marked as an earlier one', async () => {
  const page = await open('/runs/study');
  await page.getByText('2 of 2 trials loaded').waitFor();
  await page.route('**/api/trials?*', (route) => route.fulfill(unavailable));
  await page.getByLabel('Status', { exact: true }).selectOption('failed');
  await page.getByRole('alert').getByText('belongs to earlier choices').waitFor();
  await page.context().close();
});

test('no more metrics can be chosen than one comparison has', async () => {
  const query = METRICS.slice(0, 20).map((name) => `&metric=${name}`);
  const page = await open(`/compare?model_run_id=study${query.join('')}`);
  const metrics = menu(page, /^Metrics:/);
  await metrics.locator('summary').click();
  await metrics.getByText('At most 20 can be chosen.').waitFor();
  expect(await metrics.getByLabel('metric22', { exact: true }).isDisabled()).toBe(true);
  await metrics.getByLabel('metric0', { exact: true }).uncheck();
  await expect(metrics.getByLabel('metric22', { exact: true }).isEnabled()).resolves.toBe(true);
  await page.context().close();
});

test('a comparison that is opened early shows its results once trials have ended', async () => {
  const page = await open('/compare?model_run_id=early');
  await page.getByRole('heading', { name: 'The run has no final metrics yet' }).waitFor();
  await page.locator('.live[data-state="live"]').waitFor();
  await world.post(completed('d', { fresh: 1 }, { model_run_id: 'early' }));
  await groups(page, 'fresh').waitFor();
  await world.post(
    started('e', { model_run_id: 'early', hyperparams: { late: 2 } }),
    completed('e', { fresher: 1 }, { model_run_id: 'early' }),
  );
  await page.getByLabel('Group by').locator('option', { hasText: 'late' }).waitFor({ state: 'attached' });
  await page.context().close();
});

test('the choices and names of a comparison cover all of its runs', async () => {
  const page = await open('/compare?model_run_id=study&model_run_id=second&metric=loss');
  const list = page.locator('section', { has: page.getByRole('heading', { name: 'Parameters against results' }) });
  await list.getByRole('row', { name: /second/ }).waitFor();
  await groups(page, 'loss')
    .getByRole('link', { name: /study \/ b/ })
    .waitFor();
  await page.getByLabel('Group by').locator('option', { hasText: 'width' }).waitFor({ state: 'attached' });
  await menu(page, /^Metrics:/)
    .locator('summary')
    .click();
  await menu(page, /^Metrics:/)
    .getByLabel('top', { exact: true })
    .check();
  await groups(page, 'top').waitFor();
  await page.context().close();
});

test('many axes leave the compared metric and the groups their values', async () => {
  const axes = PARAMETERS.map((name) => `&axis=param.${name}`).join('');
  const page = await open(`/compare?model_run_id=study&metric=loss&group_by=param.lr${axes}`);
  await page.getByText('13 axes are left out').waitFor();
  await page.getByText('None of these trials').waitFor({ state: 'detached' });
  await page.context().close();
});

test('a bound that is emptied is taken away, and an impossible one is refused', async () => {
  const page = await open('/compare?model_run_id=study&metric=loss');
  await page.getByText('Bounds as numbers').click();
  const least = page.getByLabel('min lr', { exact: true });
  const initial = await least.inputValue();
  await least.fill('1.5');
  await least.press('Tab');
  await page.waitForURL(/brush=/);
  await least.fill('7');
  await least.press('Tab');
  await page.getByRole('alert').getByText('lr: The least value, 7, is above the greatest').waitFor();
  await least.fill('');
  await least.press('Tab');
  await page.waitForURL((at) => !at.search.includes('brush='));
  expect(await least.inputValue()).toBe(initial);
  await page.context().close();
});

test('the runs are searched on the server, and the only one stays chosen', async () => {
  await world.post(...Array.from({ length: 51 }, (_, n) => started('t', { model_run_id: `later-${n}` })));
  await eventually(
    async () => (await world.get<{ next_cursor: string | null }>('/api/runs?limit=53')).next_cursor !== null,
  );
  const page = await open('/compare?model_run_id=study&metric=metric1');
  const runs = menu(page, /^Runs:/).filter({ has: page.getByLabel('Search runs to compare') });
  await runs.locator('summary').click();
  expect(await runs.getByLabel('study', { exact: true }).isDisabled()).toBe(true);
  expect(await runs.getByLabel('second', { exact: true }).count()).toBe(0);
  await runs.getByLabel('Search runs to compare').fill('SECO');
  await runs.getByLabel('second', { exact: true }).check();
  await page.waitForURL(/model_run_id=study&model_run_id=second/);
  await runs.getByLabel('study', { exact: true }).click();
  await page.waitForURL((at) => !at.search.includes('model_run_id=study'));
  expect(new URL(page.url()).searchParams.get('metric')).toBe('metric1');
  expect(browser.faults).toEqual([]);
  await page.context().close();
});

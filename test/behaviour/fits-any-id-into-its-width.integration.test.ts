import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { completed, createPagesWorld, point, started } from '../pages/pages-world.ts';
import { eventually } from '../support/eventually.ts';

// A browser beside all other tests is slow; each wait has its own limit.
jest.setTimeout(600_000);

/** A text of 250 characters that no line can break. */
const long = (start: string): string => start.padEnd(250, 'Wm');
const [RUN, TRIAL, FAILED, QUEUED] = [long('run'), long('trial'), long('failed'), long('queued')];
const [METRIC, PARAMETER, VALUE, ERROR] = [long('metric'), long('parameter'), long('value'), long('error')];

const world = await createPagesWorld();
afterAll(() => world.close());

const path = (...parts: readonly string[]): string => `/${parts.map(encodeURIComponent).join('/')}`;
const query = (given: Readonly<Record<string, string>>): string => `?${new URLSearchParams(given)}`;

beforeAll(async () => {
  const about = { model_run_id: RUN };
  const hyperparams = { [PARAMETER]: VALUE, [`${PARAMETER}2`]: 0.1 };
  for (const [at, trial] of [TRIAL, FAILED].entries()) {
    await world.post(
      started(trial, { ...about, spectral_norm: at === 0, hyperparams }),
      ...Array.from({ length: 5 }, (_, step) => point(trial, step, { [METRIC]: 1 / (step + 1) }, about)),
    );
  }
  await world.post(
    completed(TRIAL, { [METRIC]: 1 }, about),
    {
      event: 'ml.trial.failed',
      ...about,
      trial_id: FAILED,
      error_type: ERROR,
      error_message: `${ERROR.repeat(20)}\n${ERROR}`,
      metrics: { [METRIC]: 2 },
    },
    { event: 'ml.run.stop', model_run_id: `${RUN}2`, state: 'failed', error_type: ERROR, error_message: ERROR },
  );
  const queued = await fetch(`${world.url}/api${path('runs', RUN, 'trials')}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ trial_id: QUEUED }),
  });
  expect(queued.status).toBe(202);
  await eventually(async () => {
    const { total } = await world.get<{ total: number }>(`/api/trials${query({ model_run_id: RUN, limit: '1' })}`);
    return total === 3;
  });
});

/** A state of a page: its address, how one reaches it, and whether requests fail in it. */
type State = readonly [name: string, address: string, reach: (page: Page) => Promise<unknown>, mayFail?: boolean];

const seen =
  (text: string | RegExp) =>
  (page: Page): Promise<void> =>
    page.getByText(text).filter({ visible: true }).first().waitFor();

const headed =
  (name: string) =>
  (page: Page): Promise<void> =>
    page.getByRole('heading', { name }).first().waitFor();

const opened =
  (summary: string | RegExp, content: string | RegExp) =>
  async (page: Page): Promise<void> => {
    // A chart is drawn once it is in view.
    if (summary === 'As a table') await page.locator('.charts').scrollIntoViewIfNeeded();
    await page.locator('summary', { hasText: summary }).filter({ visible: true }).first().click();
    await seen(content)(page);
  };

const pressed =
  (button: string | RegExp, content: string | RegExp) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: button }).first().click();
    await page.getByRole('dialog').getByText(content).first().waitFor();
  };

const runPage = path('runs', RUN);
const grouped = query({ model_run_id: RUN, metric: METRIC, group_by: `param.${PARAMETER}` });

const STATES: readonly State[] = [
  ['the monitor', '/', (page) => page.getByRole('heading', { name: 'Trials' }).waitFor()],
  ['a run', runPage, headed('Metrics')],
  ['a run whose values are a table', runPage, opened('As a table', 'Step')],
  ['the exports of a run', runPage, opened('Export', 'Points of the charts, JSON')],
  ['the form of a condition', runPage, opened('Condition', 'Metric or parameter')],
  ['the columns of a run', runPage, pressed(/^Columns/, 'Reset columns')],
  ['a run with a condition', `${runPage}${query({ [`param.${PARAMETER}`]: `eq:${VALUE}` })}`, seen('✕')],
  ['a run without a match', `${runPage}${query({ q: long('nothing') })}`, seen('0 of 3 trials match')],
  ['a run with an x axis', `${runPage}${query({ x: `metric.${METRIC}` })}`, headed('Metrics')],
  ['an invalid search', `${runPage}${query({ metrics: `/${long('(')}/` })}`, seen('The regular expression is invalid')],
  ['a choice that does not exist', `${runPage}${query({ sort: long('x') })}`, seen('Clear the choices'), true],
  ['the dialog that cancels', runPage, pressed('Cancel the run', '1 trial has not ended')],
  ['a run without trials', `${runPage}2`, seen('The run has no trials yet')],
  ['a trial', path('runs', RUN, 'trials', TRIAL), headed('Metrics')],
  ['a failed trial', path('runs', RUN, 'trials', FAILED), seen('Show all 5,251 characters of the error')],
  ['a queued trial', path('runs', RUN, 'trials', QUEUED), seen('not yet')],
  ['a comparison', `/compare${query({ model_run_id: RUN })}`, seen('Parameters against results')],
  ['a comparison by a parameter', `/compare${grouped}`, seen('Parameters against results')],
  ['the runs of a comparison', `/compare${grouped}`, opened(/^Runs:/, RUN)],
  ['a run that does not exist', path('runs', long('none')), seen('No data for the run'), true],
  ['a trial that does not exist', path('runs', RUN, 'trials', long('none')), seen('No data for'), true],
  ['an address without a page', path(long('page')), seen('There is no such page'), true],
  [
    'the dialog that starts a study',
    '/',
    async (page) => {
      await pressed('Start a study', 'Search space')(page);
      await page.getByLabel('Run id').fill(RUN);
      await page.getByLabel('Search space').fill(JSON.stringify({ [PARAMETER]: VALUE }));
      await page.getByRole('dialog').getByText('needs a distribution').waitFor();
    },
  ],
  [
    'the list of runs',
    '/',
    async (page) => {
      const summary = page.locator('summary', { hasText: 'Runs' }).first();
      // A phone has no room for it.
      if (await summary.isVisible()) await opened('Runs', RUN)(page);
    },
  ],
  [
    'a server that has gone',
    '/',
    async (page) => {
      await page.getByRole('heading', { name: 'Trials' }).waitFor();
      await page.context().setOffline(true);
      await page.getByRole('link', { name: RUN, exact: true }).first().click();
      await page.getByRole('heading', { name: 'The server is not reachable' }).waitFor();
    },
    true,
  ],
];

/** Their cell shows an ellipsis and nothing of the id. */
const LINKS_THAT_DO_NOT_FIT = `[...document.querySelectorAll('.id > a:has(.cut)')].filter((link) => {
  const style = getComputedStyle(link.parentElement);
  const end = link.parentElement.getBoundingClientRect().right - parseFloat(style.paddingRight);
  return style.display !== 'none' && link.getBoundingClientRect().right > end + 0.5;
}).length`;

// As a rest, because jest takes a fourth parameter of a row with three for its callback.
test.each(STATES)('%s with texts of 250 characters fits a phone and a wide window', async (...state: State) => {
  const [, address, reach, mayFail = false] = state;
  for (const width of [390, 1280]) {
    const page = await world.browser.open(`${world.url}${address}`, { width, height: 800, mayFail });
    await reach(page);
    expect(await page.evaluate<number>(LINKS_THAT_DO_NOT_FIT)).toBe(0);
    const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect({ width, beyond: Math.max(0, beyond) }).toEqual({ width, beyond: 0 });
    await page.context().close();
  }
});

test('no page has reported an error', () => {
  expect(world.browser.faults).toEqual([]);
});

import type { Page } from 'playwright-core';
import { axeFaults } from '../pages/axe-faults.ts';
import type { PagesWorld } from '../pages/pages-world.ts';
import { until } from '../support/until.ts';
import { type Check, expectThat, postAll } from './check.ts';
import { studyEvents } from './sample-study.ts';

const WAIT_MS = 120_000;
const RUN = 'sample';
/** A run with a trial that waits for a bridge. */
const COMMANDED = 'commanded';

/** A study that the pages of the checks show, once. */
let ready: Promise<void> | undefined;
export function sampleStudy(world: PagesWorld): Promise<void> {
  ready ??= (async () => {
    const startAt = Date.now() - 3_600_000;
    await postAll(world, studyEvents({ run: RUN, trials: 40, steps: 60, startAt, running: 4 }));
    await fetch(`${world.url}/api/runs/${COMMANDED}/trials`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ trial_id: 'waiting' }),
    });
    await until('the sample study', WAIT_MS, async () => {
      const { total } = await world.get<{ total: number }>(`/api/trials?model_run_id=${RUN}&limit=1`);
      return total === 40;
    });
  })();
  return ready;
}

/** A state of a page, and how one reaches it; `mayFail` for one in which requests fail. */
type State = readonly [name: string, path: string, reach: (page: Page) => Promise<unknown>, mayFail?: boolean];

const seen =
  (text: string | RegExp) =>
  (page: Page): Promise<void> =>
    page.getByText(text).first().waitFor();

const STATES: readonly State[] = [
  ['the monitor', '/', seen('trial-039')],
  [
    'the monitor with its consumers',
    '/',
    async (page) => {
      await page.getByText('Consumers').click();
      await page.getByText('ml.events.high').first().waitFor();
    },
  ],
  ['a run', `/runs/${RUN}`, seen('last values')],
  [
    'the columns of a run',
    `/runs/${RUN}`,
    async (page) => {
      await page.getByRole('button', { name: /^Columns/ }).click();
      await page.getByRole('list', { name: 'Columns to add' }).getByRole('button').first().waitFor();
    },
  ],
  ['a run without a match', `/runs/${RUN}?q=nothing`, seen('0 of 40 trials match')],
  ['a trial', `/runs/${RUN}/trials/trial-000`, seen('last values')],
  ['a failed trial', `/runs/${RUN}/trials/trial-005`, seen('CUDA out of memory')],
  ['a comparison', `/compare?model_run_id=${RUN}`, seen('Parameters against results')],
  [
    'a comparison by two parameters',
    `/compare?model_run_id=${RUN}&metric=val_accuracy&group_by=param.optimizer&group_by=spectral_norm`,
    seen('Parameters against results'),
  ],
  ['a run that does not exist', '/runs/none', seen('No data for the run none'), true],
  [
    'the list of keys',
    '/',
    async (page) => {
      await page.getByRole('heading', { name: 'Monitor' }).waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  ],
  [
    'the dialog that starts a study',
    '/',
    async (page) => {
      await page.getByRole('button', { name: 'Start a study' }).click();
      await page.getByRole('dialog').getByRole('heading').waitFor();
    },
  ],
  [
    'the dialog that cancels a run',
    `/runs/${COMMANDED}`,
    async (page) => {
      await page.getByRole('button', { name: 'Cancel the run' }).click();
      await page.getByText('1 trial has not ended').waitFor();
    },
  ],
  [
    'a run that is being read',
    `/runs/${RUN}`,
    async (page) => {
      await page.route('**/api/runs/**', () => undefined);
      await page.reload();
      await page.getByText(`Loading the run ${RUN}`).waitFor();
    },
  ],
  [
    'a monitor whose server has gone',
    '/',
    async (page) => {
      await seen('trial-039')(page);
      await page.context().setOffline(true);
      await page.getByText(/the server does not answer/).waitFor();
    },
    true,
  ],
  [
    'a run whose server has gone before it was read',
    '/',
    async (page) => {
      await seen('trial-039')(page);
      await page.context().setOffline(true);
      await page.getByRole('link', { name: RUN, exact: true }).first().click();
      await page.getByRole('heading', { name: 'The server is not reachable' }).waitFor();
    },
    true,
  ],
];

export const ACCESS_CHECKS: readonly Check[] = [
  {
    name: 'every page and state has no serious fault of accessibility in either theme, wide and narrow, and fits its width',
    async run(world) {
      await sampleStudy(world);
      let count = 0;
      for (const theme of ['light', 'dark'] as const) {
        for (const width of [1280, 390]) {
          for (const [name, path, reach, mayFail = false] of STATES) {
            const page = await world.browser.open(`${world.url}${path}`, { theme, width, mayFail });
            await reach(page);
            const faults = await axeFaults(page);
            expectThat(faults.length === 0, `${name}, ${theme}, ${width}: ${faults.join('; ')}`);
            const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
            expectThat(beyond <= 0, `${name} at ${width} is ${beyond} pixels too wide`);
            await page.context().close();
            count += 1;
          }
        }
      }
      return `${count} views`;
    },
  },
  {
    name: 'the keyboard alone searches, chooses a row, adds a column, zooms out and opens a trial',
    async run(world) {
      await sampleStudy(world);
      const page = await world.browser.open(`${world.url}/runs/${RUN}?range=5..20`);
      await page.getByText('last values').first().waitFor();
      await page.keyboard.press('z');
      await page.waitForURL((url) => !url.search.includes('range'));
      await page.keyboard.press('/');
      await page.keyboard.type('trial-01');
      await page.getByText('10 of 10 trials loaded').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: /^Columns/ }).focus();
      await page.keyboard.press('Enter');
      await page.getByLabel('Search columns to add').focus();
      await page.keyboard.type('/^gradient_norm$/');
      await page.getByRole('button', { name: /gradient_norm, max/ }).focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/col=max\.gradient_norm/);
      await page.keyboard.press('Escape');
      const row = page.locator('table.trials tbody th a').first();
      await row.focus();
      await page.keyboard.press('Space');
      await page.waitForURL(/sel=/);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/trials\/trial-01/);
      await page.keyboard.press('m');
      await page.getByRole('heading', { name: 'Monitor' }).waitFor();
      await page.context().close();
      return undefined;
    },
  },
];

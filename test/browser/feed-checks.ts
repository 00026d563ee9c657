import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { type PagesWorld, point, started } from '../pages/pages-world.ts';
import { until } from '../support/until.ts';
import { type Check, expectThat } from './check.ts';

const WAIT_MS = 60_000;
const HIDDEN_MS = 60_000;
const TABS = 8;

/** Open connections to the live feed, as the server counts them. */
async function connections({ url }: PagesWorld): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^thunderline_live_clients(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1] ?? Number.NaN);
}

/** Trial, last step, last, least and greatest value, and values that are not finite. */
const tableRow = (step: number): string => {
  const greatest = (1000 + step).toLocaleString('en');
  return `h${step}${greatest}1${greatest}0`;
};

/** Reports to the page that its tab is hidden, or shown again, as a browser does. */
const setHidden = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate(`(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} });
    document.dispatchEvent(new Event('visibilitychange'));
  })()`);

export const FEED_CHECKS: readonly Check[] = [
  {
    name: 'eight tabs have one connection, and each shows what happens',
    async run(world) {
      await world.post(
        started('tab', { model_run_id: 'tabs' }),
        point('tab', 0, { loss: 1 }, { model_run_id: 'tabs' }),
      );
      const first = await world.browser.open(`${world.url}/runs/tabs`);
      const tabs = [first];
      while (tabs.length < TABS) {
        const tab = await first.context().newPage();
        await tab.goto(`${world.url}/runs/tabs`);
        tabs.push(tab);
      }
      for (const tab of tabs) await tab.getByText(/^live/).waitFor();
      await until('one connection', WAIT_MS, async () => (await connections(world)) === 1);
      await world.post(point('tab', 1, { loss: 0.25 }, { model_run_id: 'tabs' }));
      for (const tab of tabs) {
        // A tab behind others draws nothing.
        await tab.bringToFront();
        await tab.getByRole('list', { name: 'values of loss' }).getByText('0.25').waitFor();
      }
      const open = await connections(world);
      await first.context().close();
      await until('no connection', WAIT_MS, async () => (await connections(world)) === 0);
      expectThat(open === 1, `${open} connections`);
      return `${TABS} tabs, ${open} connection`;
    },
  },
  {
    name: 'a tab that is hidden for a minute receives no points, and has all of them when it is shown',
    async run(world) {
      const about = { model_run_id: 'hidden' };
      await world.post(started('h', about), point('h', 0, { loss: 1 }, about));
      const page = await world.browser.open(`${world.url}/runs/hidden`);
      const values = page.getByRole('list', { name: 'values of loss' });
      await values.getByText('h', { exact: true }).waitFor();
      await setHidden(page, true);
      const hiddenUntil = Date.now() + HIDDEN_MS;
      let step = 0;
      while (Date.now() < hiddenUntil) {
        step += 1;
        await world.post(point('h', step, { loss: 1000 + step }, about));
        await sleep(1_000);
      }
      const shown = (await values.textContent()) ?? '';
      expectThat(!/1,0\d\d/.test(shown), `the hidden tab shows ${shown}`);
      await setHidden(page, false);
      await values.getByText((1000 + step).toLocaleString('en')).waitFor();
      await page.getByText('As a table').first().click();
      const row = page.locator('details tbody tr').first();
      await until('all points', WAIT_MS, async () => (await row.textContent()) === tableRow(step));
      await page.context().close();
      return `${step + 1} points`;
    },
  },
];

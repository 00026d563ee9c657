import type { Page } from 'playwright-core';
import { completed, type PagesWorld, point, started } from '../pages/pages-world.ts';
import { query } from '../support/query.ts';
import { until } from '../support/until.ts';
import { type Check, expectThat, postAll } from './check.ts';

const WAIT_MS = 300_000;
const TRIALS = 75_000;
const METRICS = 1_500;
const POINTS = 1_000_000;
const SPIKE_AT = 654_321;

/** Resolves when the tables have this many trials of a run. */
const stored = (world: PagesWorld, run: string, trials: number): Promise<unknown> =>
  until(`${trials} trials of ${run}`, WAIT_MS, async () => {
    const { total } = await world.get<{ total: number }>(`/api/trials?model_run_id=${run}&limit=1`);
    return total === trials;
  });

export const SIZE_CHECKS: readonly Check[] = [
  {
    name: 'a table of 75,000 trials shows, scrolls, sorts and finds with only the visible rows in the document',
    async run(world) {
      const run = 'large';
      const trials = Array.from({ length: TRIALS }, (_, n) =>
        started(`t-${n}`, { model_run_id: run, hyperparams: { lr: (n * 7919) % TRIALS } }),
      );
      await postAll(world, trials);
      await stored(world, run, TRIALS);
      const startedAt = performance.now();
      const page = await world.browser.open(`${world.url}/runs/${run}`);
      await page.locator('table.trials tbody th a').first().waitFor();
      const firstRowsMs = Math.round(performance.now() - startedAt);
      await page.getByText('of 75,000 trials loaded').waitFor();
      const scroller = page.locator('.trial-scroller');
      for (let screen = 0; screen < 30; screen += 1) {
        const read = Number((await page.getByText('trials loaded').textContent())?.split(' ')[0]?.replaceAll(',', ''));
        await scroller.evaluate((element) => element.scrollTo(0, element.scrollHeight));
        await until('the next page', WAIT_MS, async () => {
          const now = await page.getByText('trials loaded').textContent();
          return Number(now?.split(' ')[0]?.replaceAll(',', '')) > read;
        });
      }
      const rows = await page.locator('table.trials tbody tr').count();
      expectThat(rows < 80, `${rows} rows are in the document`);
      await page.getByRole('button', { name: 'lr', exact: true }).click();
      await page.locator('table.trials tbody tr').first().getByText('74,999').waitFor();
      await page.getByLabel('Search trials by id').fill('t-74321');
      await page.getByRole('link', { name: 't-74321', exact: true }).waitFor();
      await page.context().close();
      return `first rows after ${firstRowsMs} ms, ${rows} rows in the document`;
    },
  },
  {
    name: '1,500 metrics of one trial are found by search, and only the visible charts are drawn',
    async run(world) {
      const names = Array.from({ length: METRICS }, (_, n) => `layer.${n}.norm`);
      for (let step = 0; step < 3; step += 1) {
        for (let at = 0; at < METRICS; at += 500) {
          const values = Object.fromEntries(names.slice(at, at + 500).map((name, n) => [name, n + step]));
          await world.post(point('wide', step, values, { model_run_id: 'metrics' }));
        }
      }
      await world.post(completed('wide', { 'layer.1.norm': 1 }, { model_run_id: 'metrics' }));
      await stored(world, 'metrics', 1);
      const page = await world.browser.open(`${world.url}/runs/metrics`);
      await page.getByText('60 of 1500; search').waitFor();
      // A chart is drawn a moment after it is in the document.
      await page.locator('.chart .uplot').first().waitFor();
      const drawn = await page.locator('.chart .uplot').count();
      expectThat(drawn > 0 && drawn < 20, `${drawn} charts are drawn`);
      await page.getByLabel('Show metrics whose name matches').fill('/^layer\\.1499\\./');
      await page.getByRole('heading', { name: 'layer.1499.norm' }).waitFor();
      expectThat((await page.locator('.chart').count()) === 1, 'the search finds one metric');
      await page.context().close();
      return `${drawn} charts drawn`;
    },
  },
  {
    name: 'one spike in 1,000,000 points is seen in the chart, and a zoom reads it to the step',
    async run(world) {
      await world.post(
        started('long', { model_run_id: 'spike' }),
        point('long', 0, { loss: 0 }, { model_run_id: 'spike' }),
      );
      await stored(world, 'spike', 1);
      const databaseUrl = String(world.environment.DATABASE_URL);
      await until('the keys of the series', WAIT_MS, async () => {
        const { rowCount } = await query(databaseUrl, INSERT_POINTS);
        return rowCount === POINTS - 1;
      });
      const page = await world.browser.open(`${world.url}/runs/spike`);
      await page.getByText(/of 1,000,000 points/).waitFor();
      const before = await spikeHeight(page);
      expectThat(before > 0.8, `the line reaches ${Math.round(before * 100)} % of the height`);
      await page.goto(`${world.url}/runs/spike?range=${SPIKE_AT - 100}..${SPIKE_AT + 100}`);
      await page.getByText('As a table').first().click();
      const cells = page.locator('details tbody tr').first().locator('td');
      const last = (SPIKE_AT + 100).toLocaleString('en');
      await until('the zoomed part', WAIT_MS, async () => (await cells.nth(0).textContent()) === last);
      const greatest = await cells.nth(3).textContent();
      expectThat(greatest === '1,000', `the greatest value of the zoomed part is ${greatest}`);
      const said = (await page.locator('.said').first().textContent()) ?? '';
      expectThat(!said.includes('of'), `a zoom of 201 steps shows every point, but says "${said}"`);
      await page.context().close();
      return `the spike fills ${Math.round(before * 100)} % of the height`;
    },
  },
];

/** The points after the first one, which the sink has stored: its keys and its event. */
const INSERT_POINTS = `
  insert into trial_metrics (step, value, recorded_at, trial_key, name_key, event_id)
  select s, case when s = ${SPIKE_AT} then 1000 else sin(s / 5000.0) end, now() + s * interval '1 ms', p.trial_key, p.name_key, p.event_id
  from trial_metrics p join metric_trials t using (trial_key), generate_series(1, ${POINTS - 1}) s
  where t.model_run_id = 'spike' and p.step = 0`;

/** How far up the canvas of the lines anything is drawn, from 0 at the foot to 1. */
const spikeHeight = (page: Page): Promise<number> =>
  page.evaluate<number>(`(() => {
    const element = document.querySelector('.chart canvas.lines');
    const { width, height } = element;
    const { data } = element.getContext('2d').getImageData(0, 0, width, height);
    for (let at = 3; at < data.length; at += 4) if (data[at] > 40) return 1 - Math.floor(at / 4 / width) / height;
    return 0;
  })()`);

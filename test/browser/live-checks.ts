import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { startPointLoad } from '../live/point-load.ts';
import { type PagesWorld, point, started } from '../pages/pages-world.ts';
import { until } from '../support/until.ts';
import { type Check, expectThat, postAll, quantile } from './check.ts';

const WAIT_MS = 120_000;
const TRIALS = 100;
const STEPS = 1_000;
const LIVE_MS = 20_000;
const SAMPLES = 60;

interface Frames {
  readonly frames: number;
  readonly ms: number;
  readonly longest: number;
  readonly longTasks: number;
}

/** Counts the frames of a page and its long tasks for a time. */
const framesOf = (page: Page, ms: number): Promise<Frames> =>
  page.evaluate<Frames>(`new Promise((resolve) => {
    let frames = 0, longest = 0, longTasks = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) { longTasks += 1; longest = Math.max(longest, duration); }
    });
    observer.observe({ type: 'longtask' });
    const start = performance.now();
    const tick = () => {
      frames += 1;
      const now = performance.now();
      if (now - start < ${ms}) requestAnimationFrame(tick);
      else { observer.disconnect(); resolve({ frames, ms: now - start, longest: Math.round(longest), longTasks }); }
    };
    requestAnimationFrame(tick);
  })`);

const heapOf = (page: Page): Promise<number> => page.evaluate<number>('performance.memory.usedJSHeapSize');

async function hundredTrials(world: PagesWorld): Promise<Page> {
  const run = 'moving';
  const about = (trial: number) => ({ model_run_id: run, trial_id: `t-${trial}` });
  const trials = Array.from({ length: TRIALS }, (_, trial) => trial);
  await postAll(
    world,
    trials.map((trial) => started(`t-${trial}`, about(trial))),
  );
  for (let step = 0; step < STEPS; step += 10) {
    const batch = trials.flatMap((trial) =>
      Array.from({ length: 10 }, (_, at) =>
        point(`t-${trial}`, step + at, { loss: (trial + 1) / (step + at + 10) }, about(trial)),
      ),
    );
    await postAll(world, batch);
  }
  await until('all points', WAIT_MS, async () => {
    const found = await fetch(`${world.url}/api/runs/${run}/trials/t-99/metrics?name=loss&buckets=1`);
    return found.ok && ((await found.json()) as { series: { total: number }[] }).series[0]?.total === STEPS;
  });
  const page = await world.browser.open(`${world.url}/runs/${run}`, { height: 1_200 });
  await page.locator('table.trials tbody th a').first().waitFor();
  const { writeSelection } = await import('../../web/run/selection.ts');
  await page.goto(`${world.url}/runs/${run}?sel=${writeSelection(trials.map((trial) => `t-${trial}`))}`);
  await page.getByText('100 in the charts').waitFor();
  await page.getByText('and 90 more').waitFor();
  return page;
}

export const LIVE_CHECKS: readonly Check[] = [
  {
    name: 'a chart of 100 trials with 1,000 points each moves ten times a second without holding the page up',
    async run(world) {
      const page = await hundredTrials(world);
      const quiet = await framesOf(page, 3_000);
      let isStopped = false;
      async function load(): Promise<void> {
        for (let step = STEPS; !isStopped; step += 1) {
          const due = sleep(100);
          await world.post(
            ...Array.from({ length: TRIALS }, (_, trial) =>
              point(`t-${trial}`, step, { loss: (trial + 1) / (step + 10) }, { model_run_id: 'moving' }),
            ),
          );
          await due;
        }
      }
      const loading = load();
      await page.locator('.chart').first().scrollIntoViewIfNeeded();
      await sleep(1_000);
      const moving = await framesOf(page, LIVE_MS);
      const heap = Math.round((await heapOf(page)) / 1_048_576);
      const clicked = performance.now();
      await page.getByLabel('y', { exact: true }).selectOption('log');
      await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))');
      const answeredMs = Math.round(performance.now() - clicked);
      isStopped = true;
      await loading;
      await page.context().close();
      const rate = (of: Frames): number => Math.round((of.frames / of.ms) * 10_000) / 10;
      expectThat(heap < 150, `the page has ${heap} MB`);
      return (
        `${rate(moving)} frames/s (${rate(quiet)} while nothing arrives), ${moving.longTasks} long tasks, the longest ${moving.longest} ms, ` +
        `${heap} MB, a choice answered in ${answeredMs} ms`
      );
    },
  },
  {
    name: 'a posted value is on the screen soon, while 1,000 events a second arrive',
    async run(world) {
      await world.post(started('p', { model_run_id: 'pixel' }), point('p', 0, { loss: 0 }, { model_run_id: 'pixel' }));
      const page = await world.browser.open(`${world.url}/runs/pixel`);
      await page.getByRole('list', { name: 'values of loss' }).getByRole('listitem').first().waitFor();
      await page.evaluate(WATCH);
      const load = startPointLoad(world.url, 'background');
      await sleep(5_000);
      const delays: number[] = [];
      for (let sample = 1; sample <= SAMPLES; sample += 1) {
        const at = Date.now();
        await world.post(point('p', sample, { loss: sample }, { model_run_id: 'pixel' }));
        const seenAt = await page.evaluate<number>(`seen(${sample})`);
        delays.push(seenAt - at);
        await sleep(200 + 50 * (sample % 5));
      }
      await load.stop();
      await page.context().close();
      return `p50 ${quantile(delays, 0.5)} ms, p95 ${quantile(delays, 0.95)} ms of ${SAMPLES}`;
    },
  },
  {
    name: 'the first view shows data soon and does not shift',
    async run(world) {
      const page = await world.browser.open('about:blank');
      await page.addInitScript(`
        globalThis.shifts = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifts += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });
      `);
      await page.goto(`${world.url}/`);
      await page.locator('tbody a').first().waitFor();
      const firstMs = Math.round(await page.evaluate<number>('performance.now()'));
      await sleep(3_000);
      const shifts = Math.round((await page.evaluate<number>('shifts')) * 1_000) / 1_000;
      await page.context().close();
      return `data after ${firstMs} ms, layout shift ${shifts}`;
    },
  },
];

/** Notes when a value is first on the screen: the frame after it is in the document. */
const WATCH = `
  globalThis.times = new Map();
  globalThis.seen = (value) => new Promise((resolve) => {
    const look = () => (times.has(value) ? resolve(times.get(value)) : requestAnimationFrame(look));
    look();
  });
  new MutationObserver(() => {
    const text = document.querySelector('[aria-label="values of loss"] li span:last-child')?.textContent ?? '';
    requestAnimationFrame(() => setTimeout(() => { if (!times.has(Number(text))) times.set(Number(text), Date.now()); }));
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
`;

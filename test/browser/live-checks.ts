import { setTimeout as sleep } from 'node:timers/promises';
import { followLive } from '../../src/live/follow-live.ts';
import { startPointLoad } from '../live/point-load.ts';
import { point, started } from '../pages/pages-world.ts';
import { sampleStudy } from './access-checks.ts';
import { type Check, expectThat, quantile } from './check.ts';

const SAMPLES = 60;

/** The limits of a quiet machine, in milliseconds. */
const POST_TO_PIXEL = { p50: 150, p95: 250 };
const FIRST_DATA_MS = 1_000;
/** The delay that the page may add to the feed, on a quiet machine and on a busy one. */
const PAGE_ADDS = { p50: 100, p95: 200 };

/** Follows the feed without a browser; returns when each step of a run arrived. */
function arrivals(url: string, run: string): { readonly times: Map<number, number>; stop(): void } {
  const times = new Map<number, number>();
  const end = new AbortController();
  void followLive({
    url: `${url}/api/live?model_run_id=${run}`,
    signal: end.signal,
    onFrame({ name, data }) {
      if (name !== 'data') return;
      for (const { points } of data.points ?? []) for (const [step] of points) times.set(Number(step), Date.now());
    },
  });
  return { times, stop: () => end.abort() };
}

export const LIVE_CHECKS: readonly Check[] = [
  {
    name: 'a posted value is on the screen soon, while 1,000 events a second arrive',
    async run(world) {
      await world.post(started('p', { model_run_id: 'pixel' }), point('p', 0, { loss: 0 }, { model_run_id: 'pixel' }));
      const page = await world.browser.open(`${world.url}/runs/pixel`);
      await page.getByRole('list', { name: 'values of loss' }).getByRole('listitem').first().waitFor();
      await page.evaluate(WATCH);
      const feed = arrivals(world.url, 'pixel');
      const load = startPointLoad(world.url, 'background');
      await sleep(5_000);
      const delays: number[] = [];
      const ofFeed: number[] = [];
      const added: number[] = [];
      for (let sample = 1; sample <= SAMPLES; sample += 1) {
        const at = Date.now();
        await world.post(point('p', sample, { loss: sample }, { model_run_id: 'pixel' }));
        const seenAt = await page.evaluate<number>(`seen(${sample})`);
        const arrivedAt = feed.times.get(sample) ?? seenAt;
        delays.push(seenAt - at);
        ofFeed.push(arrivedAt - at);
        added.push(seenAt - arrivedAt);
        await sleep(200 + 50 * (sample % 5));
      }
      await load.stop();
      feed.stop();
      await page.context().close();
      const [p50, p95] = [quantile(delays, 0.5), quantile(delays, 0.95)];
      const [addedP50, addedP95] = [quantile(added, 0.5), quantile(added, 0.95)];
      const figures =
        `p50 ${p50} ms, p95 ${p95} ms of ${SAMPLES}; the feed alone p50 ${quantile(ofFeed, 0.5)} ms, ` +
        `p95 ${quantile(ofFeed, 0.95)} ms; the page adds p50 ${addedP50} ms, p95 ${addedP95} ms`;
      expectThat(addedP50 <= PAGE_ADDS.p50 && addedP95 <= PAGE_ADDS.p95, `the page holds values up: ${figures}`);
      // A feed that is slower than usual shows that the machine is busy with something else.
      const isQuiet = quantile(ofFeed, 0.95) < POST_TO_PIXEL.p95 - PAGE_ADDS.p50;
      if (isQuiet) expectThat(p50 <= POST_TO_PIXEL.p50 && p95 <= POST_TO_PIXEL.p95, `too slow: ${figures}`);
      return figures;
    },
  },
  {
    name: 'the first view of each page shows data soon and does not shift',
    async run(world) {
      await sampleStudy(world);
      const figures: string[] = [];
      for (const [name, path, firstData, width] of FIRST_VIEWS) {
        const page = await world.browser.open('about:blank', { width });
        await page.addInitScript(SHIFTS);
        // The cost of a page without data on this machine at this time.
        const started = performance.now();
        await page.goto(`${world.url}/health/live`);
        const baseMs = performance.now() - started;
        await page.goto(`${world.url}${path}`);
        await page.locator(firstData).first().waitFor();
        const firstMs = await page.evaluate<number>('performance.now()');
        await sleep(4_000);
        const { sum, moved } = await page.evaluate<{ sum: number; moved: string[] }>('shifts');
        await page.context().close();
        figures.push(`${name} after ${Math.round(firstMs)} ms`);
        expectThat(sum.toFixed(3) === '0.000', `the ${name} shifts by ${sum}: ${moved.join('; ')}`);
        expectThat(
          firstMs <= FIRST_DATA_MS + 10 * baseMs,
          `${figures.at(-1)}, an answer alone ${Math.round(baseMs)} ms`,
        );
      }
      return figures.join(', ');
    },
  },
];

/** Data of the newest trials, whichever check has posted them. */
const TRIAL_OF_NOW = '.trials-of-now tbody a';

/** Each view with its address, the first of its data, and its width. */
const FIRST_VIEWS = [
  ['monitor', '/', TRIAL_OF_NOW, 1280],
  ['run', '/runs/sample', 'text=last values', 1280],
  ['trial', '/runs/sample/trials/trial-000', 'text=last values', 1280],
  ['comparison', '/compare?model_run_id=sample', 'text=Parameters against results', 1280],
  ['monitor on a phone', '/', TRIAL_OF_NOW, 390],
  ['run on a phone', '/runs/sample', 'text=20 in the charts', 390],
] as const;

/** Notes every shift of the layout with the elements that moved. */
const SHIFTS = `
  globalThis.shifts = { sum: 0, moved: [] };
  const nameOf = (node) => (node?.nodeType === 1 ? node : node?.parentElement)?.outerHTML.slice(0, 60) ?? 'an element';
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      if (hadRecentInput) continue;
      shifts.sum += value;
      shifts.moved.push(value.toFixed(4) + ' ' + sources.map(({ node, previousRect: a, currentRect: b }) => nameOf(node) + ' ' + a.y + '→' + b.y).join(', '));
    }
  }).observe({ type: 'layout-shift', buffered: true });
`;

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

import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { writeSelection } from '../../web/run/selection.ts';
import { type PagesWorld, point, started } from '../pages/pages-world.ts';
import { until } from '../support/until.ts';
import { type Check, expectThat, median, postAll } from './check.ts';
import { ANSWERS, type Answer, answerOf, framesOf, mainThreadClock, rateOf, slowdownOf } from './page-speed.ts';

const WAIT_MS = 120_000;
const RUN = 'moving';
const TRIALS = 100;
const STEPS = 1_000;
const LIVE_MS = 20_000;
const UPDATES_PER_SECOND = 10;

/** The limits of a page that is watched, on a machine that does nothing else. */
const LEAST_FRAMES_PER_SECOND = 50;
const MOST_ANSWER_MS = 100;
const MOST_TASK_MS = 100;
const MOST_HEAP_MB = 150;

/** Processor time of the main thread is the same on a busy machine: per second while it moves, and per act of one or several inputs. */
const MOST_BUSY_MS = 400;
const MOST_ANSWER_BUSY_MS = 100;
/** The factor by which a machine may hold the page up and still count as quiet. */
const QUIET_BELOW = 1.3;
/** The x axis grows by a share at a time, so everything is drawn a few times only while 200 updates arrive. */
const MOST_DRAWINGS = 12;
const REPEATS = 5;

const about = (trial: number) => ({ model_run_id: RUN, trial_id: `t-${trial}` });
const trials = Array.from({ length: TRIALS }, (_, trial) => trial);
const lossOf = (trial: number, step: number): number => (trial + 1) / (step + 10);

async function openHundredTrials(world: PagesWorld): Promise<Page> {
  await postAll(
    world,
    trials.map((trial) => started(`t-${trial}`, about(trial))),
  );
  for (let step = 0; step < STEPS; step += 10) {
    const steps = Array.from({ length: 10 }, (_, at) => step + at);
    await postAll(
      world,
      trials.flatMap((trial) => steps.map((at) => point(`t-${trial}`, at, { loss: lossOf(trial, at) }, about(trial)))),
    );
  }
  await until('all points', WAIT_MS, async () => {
    const totals = await Promise.all(
      trials.map(async (trial) => {
        const found = await fetch(`${world.url}/api/runs/${RUN}/trials/t-${trial}/metrics?name=loss&buckets=1`);
        return found.ok ? ((await found.json()) as { series: { total: number }[] }).series[0]?.total : 0;
      }),
    );
    return totals.every((total) => total === STEPS);
  });
  const selection = writeSelection(trials.map((trial) => `t-${trial}`));
  const page = await world.browser.open(`${world.url}/runs/${RUN}?sel=${selection}`, { height: 1_200 });
  await page.getByText('100 in the charts').waitFor();
  await page.getByText('and 90 more').waitFor();
  await page.locator('.chart').first().scrollIntoViewIfNeeded();
  return page;
}

/** How often the chart has drawn all of its lines from the start. */
const drawings = (page: Page): Promise<number> =>
  page.evaluate<number>(`Number(document.querySelector('canvas.lines').dataset.drawings)`);

/** Posts a point of each trial ten times a second, until it is stopped. */
function startMoving(world: PagesWorld): { stop(): Promise<void> } {
  let isStopped = false;
  async function move(): Promise<void> {
    for (let step = STEPS; !isStopped; step += 1) {
      const due = sleep(1_000 / UPDATES_PER_SECOND);
      await world.post(
        ...trials.map((trial) => point(`t-${trial}`, step, { loss: lossOf(trial, step) }, about(trial))),
      );
      await due;
    }
  }
  const moving = move();
  return {
    stop: () => {
      isStopped = true;
      return moving;
    },
  };
}

/** The median answer of the page to each interaction with a chart. */
async function answers(page: Page, clock: () => Promise<number>): Promise<ReadonlyMap<string, Answer>> {
  const area = await page.locator('.chart .u-over').first().boundingBox();
  if (area === null) throw new Error('the chart has no area');
  const at = (share: number): readonly [x: number, y: number] => [
    area.x + area.width * share,
    area.y + area.height / 2,
  ];
  const acts: Readonly<Record<string, (nth: number) => Promise<unknown>>> = {
    hover: (nth) => page.mouse.move(...at(0.3 + 0.05 * nth)),
    'hover a line': (nth) => page.locator('.readout li').nth(nth).hover(),
    toggle: () => page.locator('table.trials tbody input').first().click(),
    colour: (nth) => page.getByLabel('Colour', { exact: true }).selectOption(nth % 2 === 0 ? 'spectral_norm' : 'trial'),
    'log axis': (nth) => page.getByLabel('y', { exact: true }).selectOption(nth % 2 === 0 ? 'log' : 'linear'),
    async zoom(nth) {
      if (nth % 2 === 1) return page.keyboard.press('z');
      await page.mouse.move(...at(0.4));
      await page.mouse.down();
      await page.mouse.move(...at(0.6), { steps: 3 });
      return page.mouse.up();
    },
  };
  const found = new Map<string, Answer>();
  for (const [name, act] of Object.entries(acts)) {
    const all: Answer[] = [];
    for (let nth = 0; nth < REPEATS; nth += 1) all.push(await answerOf(page, clock, () => act(nth)));
    found.set(name, { ms: median(all.map(({ ms }) => ms)), busyMs: median(all.map(({ busyMs }) => busyMs)) });
  }
  return found;
}

export const MOVING_CHECKS: readonly Check[] = [
  {
    name: 'a chart of 100 trials with 1,000 points each moves ten times a second without holding the page up',
    async run(world) {
      const page = await openHundredTrials(world);
      await page.evaluate(ANSWERS);
      const rest = await framesOf(page, 3_000);
      const load = startMoving(world);
      await until('a first update', WAIT_MS, async () => {
        const text = await page
          .getByRole('list', { name: 'values of loss' })
          .getByRole('listitem')
          .first()
          .textContent();
        return Number(/0\.\d+$/.exec(text ?? '')?.[0]) < lossOf(TRIALS - 1, STEPS);
      });
      const drawnBefore = await drawings(page);
      const clock = await mainThreadClock(page);
      const busyBefore = await clock();
      const moving = await framesOf(page, LIVE_MS);
      const busy = Math.round(((await clock()) - busyBefore) / (moving.ms / 1_000));
      const heap = Math.round((await page.evaluate<number>('performance.memory.usedJSHeapSize')) / 1_048_576);
      const drawn = (await drawings(page)) - drawnBefore;
      const answered = await answers(page, clock);
      await load.stop();
      const slowdown = await slowdownOf(page);
      await page.context().close();
      const figures =
        `${rateOf(moving)} frames/s (${rateOf(rest)} without points), ${busy} ms of processor time a second, ` +
        `${moving.over100} tasks over ${MOST_TASK_MS} ms (the longest ${moving.longest} ms), ${drawn} drawings of everything, ` +
        `${heap} MB; ${[...answered].map(([name, { ms, busyMs }]) => `${name} ${Math.round(ms)} ms (${Math.round(busyMs)} busy)`).join(', ')}; ` +
        `slowed down by ${Math.round(slowdown * 100) / 100}`;
      expectThat(busy > 0 && busy <= MOST_BUSY_MS, `more than ${MOST_BUSY_MS} ms a second: ${figures}`);
      expectThat(drawn <= MOST_DRAWINGS, `more than ${MOST_DRAWINGS} drawings of everything: ${figures}`);
      expectThat(heap < MOST_HEAP_MB, `more than ${MOST_HEAP_MB} MB: ${figures}`);
      for (const [name, { busyMs }] of answered) {
        expectThat(busyMs <= MOST_ANSWER_BUSY_MS, `${name} keeps the page busy too long: ${figures}`);
      }
      if (slowdown >= QUIET_BELOW) return `${figures}; not quiet, so no limit of time was checked`;
      expectThat(rateOf(moving) >= LEAST_FRAMES_PER_SECOND, `too few frames: ${figures}`);
      expectThat(moving.over100 === 0, `a task over ${MOST_TASK_MS} ms: ${figures}`);
      for (const [name, { ms }] of answered) expectThat(ms <= MOST_ANSWER_MS, `${name} is slow: ${figures}`);
      return figures;
    },
  },
];

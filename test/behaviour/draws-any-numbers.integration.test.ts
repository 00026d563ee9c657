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
const RUN = { model_run_id: 'ends' };
const NEXT_TO_ONE = 1 + Number.EPSILON;

/** Values at the ends of the doubles: of each trial its points, and the last of them as its final metric. */
const TRIALS = [
  { wild: [1e308, -1e308, 0, 1e308], tiny: [5e-324, 1e-323, 0, 5e-324], near: [1, NEXT_TO_ONE, 1, 1] },
  { wild: [-1e308, 3, 1e300, -1e308], tiny: [1e-310, 5e-324, 1e-300, 1e-323], near: [1, 1, 1, NEXT_TO_ONE] },
  { wild: [1e300, 1e300, 1e300, 1e300], tiny: [0, 0, 0, 0], near: [1, 1, 1, 1] },
];
const METRICS = ['wild', 'tiny', 'near'] as const;

beforeAll(async () => {
  for (const [number, metrics] of TRIALS.entries()) {
    const trial = `t${number}`;
    const hyperparams = { great: 1e308, group: number === 0 ? 1 : '1', width: number + 1 };
    const at = (step: number) => Object.fromEntries(METRICS.map((name) => [name, metrics[name][step]]));
    await world.post(
      started(trial, { ...RUN, spectral_norm: number === 0, hyperparams }),
      ...[0, 1, 2, 3].map((step) => point(trial, step, at(step), RUN)),
      completed(trial, at(3), RUN),
    );
  }
  await eventually(async () => {
    const { trials } = await world.get<{ trials: { total: number; completed: number } }>('/api/runs/ends/facets');
    return trials.completed === 3;
  });
});

/** Notes what a page draws: every coordinate of a canvas that is not finite, and the texts of x axes. */
const NOTE_DRAWING = `
  window.drawn = { wrong: [], texts: [] };
  const { prototype } = CanvasRenderingContext2D;
  for (const name of ['moveTo', 'lineTo', 'fillRect', 'arc', 'fillText']) {
    const draw = prototype[name];
    prototype[name] = function (...given) {
      // Texts of x axes are centred, those of y axes are not.
      if (name === 'fillText' && this.textAlign === 'center') window.drawn.texts.push(given[0]);
      const places = given.filter((each) => typeof each === 'number');
      if (!places.every(Number.isFinite)) window.drawn.wrong.push([name, ...given].join(' '));
      return draw.apply(this, given);
    };
  }`;
const open = (path: string): Promise<Page> =>
  browser.open(`${url}${path}`, { height: 1_400, prepare: (page) => page.addInitScript(NOTE_DRAWING) });

/** Coordinates that are not finite, of canvases and of SVG. */
const wrongPlaces = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`[
    ...window.drawn.wrong,
    ...[...document.querySelectorAll('svg *')]
      .flatMap((each) => [...each.attributes].map(({ name, value }) => name + '=' + value))
      .filter((text) => /NaN|Infinity|undefined/.test(text)),
  ]`);

test.each([
  '',
  'y=log',
  'y=symlog',
  'y=nines',
  'y=zero',
  'ylim=1e-300..1&y=log',
  'ylim=1..1.0000000000000002',
  'ylim=-1e308..1e308',
  'range=1..1.0000000000000002',
  'range=1152921504606846720..1152921504606847232',
  'range=1e300..2e300',
  'x=clock',
  'x=clock&range=1e300..2e300',
  'x=relative&range=1e300..2e300',
  'x=metric.wild',
  'x=metric.near&range=1..1.0000000000000002',
  'x=metric.tiny&y=log',
  'smooth=10',
])('the charts of a run are drawn with the address ?%s', async (query) => {
  const page = await open(`/runs/ends?${query}`);
  for (const name of METRICS) {
    await page
      .getByRole('list', { name: `values of ${name}` })
      .getByText('t2')
      .waitFor();
  }
  expect(await page.locator('.chart .uplot').count()).toBe(3);
  expect(await wrongPlaces(page)).toEqual([]);
  // A page in an endless loop would not answer.
  await page.getByLabel('y', { exact: true }).selectOption('symlog');
  await page.waitForURL(/y=symlog/);
  expect(await wrongPlaces(page)).toEqual([]);
  await page.context().close();
});

test.each([
  '',
  '&group_by=param.group',
  '&group_by=param.width&group_by=param.group',
  '&axis=param.great&axis=metric.none',
])('the comparison is drawn with the address %s', async (query) => {
  const page = await open(`/compare?model_run_id=ends&metric=wild&metric=tiny&metric=near${query}`);
  await page.getByText('Adoption of spectral norm').waitFor();
  expect(await page.locator('svg.boxes').count()).toBe(4);
  expect(await wrongPlaces(page)).toEqual([]);
  if (query.endsWith('=param.group')) await page.getByRole('rowheader', { name: 'group = "1"' }).first().waitFor();
  if (query.includes('none')) await page.getByText('None of these trials has a value for none.').waitFor();
  await page.context().close();
});

test('a zoom by dragging shows whole steps, and its ticks are steps', async () => {
  const page = await open('/runs/ends');
  const over = page.locator('.chart .u-over').first();
  await over.waitFor();
  await page.getByRole('list', { name: 'values of wild' }).getByText('t2').waitFor();
  for (let drag = 0; drag < 2; drag += 1) {
    const box = await over.boundingBox();
    if (box === null) throw new Error('the chart is not shown');
    await page.mouse.move(box.x + box.width * 0.4, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/range=1\.\.2$/);
  }
  const texts = await page.evaluate<string[]>('window.drawn.texts.splice(0)');
  expect(texts.filter((text) => !/^\d+$/.test(text))).toEqual([]);
  expect(texts).toEqual(expect.arrayContaining(['1', '2']));
  expect(await wrongPlaces(page)).toEqual([]);
  await page.keyboard.press('z');
  await page.waitForURL((address) => !address.search.includes('range'));
  await page.context().close();
});

test('an error of one chart leaves the others, and one of a page leaves its head; both say what to do', async () => {
  const BREAK_ONE = `
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (...given) {
      if (this.closest('section.chart[aria-label="wild"]') !== null) throw new Error('no drawing today');
      return getContext.apply(this, given);
    };`;
  const page = await browser.open(`${url}/runs/ends`, {
    mayThrow: true,
    prepare: (each) => each.addInitScript(BREAK_ONE),
  });
  const alert = page.getByRole('alert');
  await alert.getByText('The chart of wild could not be displayed').waitFor();
  await alert.getByText('no drawing today').waitFor();
  await page.getByRole('list', { name: 'values of near' }).getByText('t2').waitFor();
  expect(await axeFaults(page)).toEqual([]);
  await page.context().close();

  // An answer of another version of the server.
  const broken = await browser.open(`${url}/runs/ends`, {
    mayThrow: true,
    prepare: (each) =>
      each.route('**/api/runs/ends', (route) => route.fulfill({ json: { run: { metric_names: [] } } })),
  });
  await broken.getByRole('alert').getByText('The page could not be displayed').waitFor();
  await broken.getByRole('alert').getByText(`${url}/runs/ends`).waitFor();
  await broken.getByRole('link', { name: 'Monitor' }).click();
  await broken.getByRole('heading', { name: 'Monitor', level: 1 }).waitFor();
  await broken.context().close();
});

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { completed, createPagesWorld, point, started } from '../pages/pages-world.ts';
import { until } from '../support/until.ts';

// A browser beside all other tests is slow; each wait has its own limit.
jest.setTimeout(300_000);

const HOUR_MS = 3_600_000;
const eventually = (what: string, holds: () => Promise<boolean>) => until(what, 30_000, holds, 50);
const world = await createPagesWorld();
afterAll(() => world.close());

const { browser, url } = world;

beforeAll(async () => {
  const start = Date.now() - 2 * HOUR_MS;
  const running = { model_run_id: 'long', timestamp: start };
  await world.post(
    ...['r1', 'r2', 'r3', 'r4'].flatMap((trial) => [
      started(trial, running),
      point(trial, 0, { loss: 0.25 }, { model_run_id: 'long' }),
    ]),
  );
  // Clients of these runs send no ml.run.start.
  await world.post(
    ...Array.from({ length: 70 }, (_, n) => {
      const about = { model_run_id: `short-${n}`, timestamp: start + (n + 1) * 60_000 };
      return [started('t', about), point('t', 0, { loss: n }, about), completed('t', { loss: n }, about)];
    }).flat(),
  );
  await world.post(
    ...Array.from({ length: 150 }, (_, n) => started(`n${n}`, { model_run_id: 'big', timestamp: start - n * 1_000 })),
    ...Array.from({ length: 150 }, (_, n) =>
      completed(`n${n}`, { loss: n }, { model_run_id: 'big', timestamp: start - n * 1_000 + 1 }),
    ),
  );
  await eventually('all trials in the tables', async () => {
    const { total } = await world.get<{ total: number }>('/api/trials?status=completed');
    return total === 220;
  });
});

test('running trials come first on the monitor, and every trial of any run has its value', async () => {
  const page = await browser.open(url);
  const rows = page.locator('section[aria-labelledby="trials-title"] tbody tr');
  await rows.first().waitFor();
  const texts = await rows.allInnerTexts();
  expect(texts).toHaveLength(60);
  expect(texts.slice(0, 4).every((text) => /^r[1-4]\b/.test(text) && text.includes('0.25'))).toBe(true);
  expect(texts.slice(4).every((text) => /short-\d+/.test(text) && text.includes('loss'))).toBe(true);
  await page.context().close();
});

test('all runs are listed in pages, and the key / goes to their search', async () => {
  const page = await browser.open(url);
  const rows = page.locator('section[aria-labelledby="runs-title"] tbody tr');
  await page.getByRole('button', { name: 'All runs' }).click();
  await page.getByRole('button', { name: 'More runs' }).click();
  await eventually('all runs', async () => (await rows.count()) === 72);
  await page.getByRole('heading', { name: 'Monitor' }).focus();
  await page.keyboard.press('/');
  await page.keyboard.type('SHORT-33');
  await eventually('one run', async () => (await rows.count()) === 1);
  await page.context().close();
});

test.each([
  ['ahead', 600_000],
  ['behind', -600_000],
])('a browser whose clock is %s shows no live trial as stale, and the true duration', async (_, offsetMs) => {
  const page = await browser.open(url, {
    prepare: (opened) =>
      opened.addInitScript(`{ const { now } = Date; Date.now = () => now.call(Date) + ${String(offsetMs)}; }`),
  });
  const row = page.locator('tr', { has: page.getByRole('link', { name: 'r1', exact: true }) });
  await row.waitFor();
  // The clock of the worker is late as well.
  await world.post(point('r1', 1, { loss: 0.125 }, { model_run_id: 'long', timestamp: Date.now() - HOUR_MS }));
  await row.getByText('0.125').waitFor();
  await eventually('the true duration', async () => /2 h/.test(await row.innerText()));
  expect(await row.innerText()).not.toContain('stale');
  await page.context().close();
});

test('a page that Back returns to is scrolled as it was left, and so is its table', async () => {
  const page = await browser.open(`${url}/runs/big`, { height: 500 });
  const table = page.locator('.trial-scroller');
  await table.waitFor();
  await page.evaluate(`document.querySelector('.trial-scroller').scrollTop = 900; scrollTo(0, 120)`);
  const link = page.getByRole('link', { name: 'n40', exact: true });
  await link.focus();
  const places = () => page.evaluate<number[]>(`[document.querySelector('.trial-scroller')?.scrollTop, scrollY]`);
  const left = await places();
  expect(left[0]).toBeGreaterThan(800);
  expect(left[1]).toBeGreaterThan(0);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'n40', level: 1, exact: true }).waitFor();
  await page.goBack();
  await table.waitFor();
  await eventually('its place', async () => String(await places()) === String(left));
  await page.context().close();
});

test('a link moves the focus to the heading of the page that it opens', async () => {
  const page = await browser.open(`${url}/compare/`);
  await page.getByRole('link', { name: 'Thunderline' }).first().focus();
  await page.keyboard.press('m');
  await page.getByRole('heading', { name: 'Monitor' }).waitFor();
  const focused = () => page.evaluate<string>('document.activeElement.textContent');
  await eventually('the focus', async () => (await focused()) === 'Monitor');
  await page.getByRole('link', { name: 'r1', exact: true }).press('Enter');
  await eventually('the focus', async () => (await focused()) === 'r1');
  await page.context().close();
});

test('no script has failed', () => {
  expect(browser.faults).toEqual([]);
});

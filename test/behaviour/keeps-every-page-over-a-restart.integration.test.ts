import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { completed, createPagesWorld, point, started } from '../pages/pages-world.ts';

// A browser beside all other tests is slow; each wait has its own limit.
jest.setTimeout(300_000);

const world = await createPagesWorld();
afterAll(() => world.close());

const points = (trial: string, from: number) =>
  Array.from({ length: 5 }, (_, at) => point(trial, from + at, { loss: 1 / (from + at + 1) }));

/** The pages with a text that each has before the restart, and one that only a later event brings. */
const PAGES: readonly (readonly [path: string, before: RegExp, after: RegExp])[] = [
  ['/', /^a$/, /^later$/],
  ['/runs/study', /^a$/, /^later$/],
  ['/runs/study/trials/b', /running/, /completed/],
  ['/compare?model_run_id=study&metric=loss', /in a group \(2 trials\)/, /in a group \(3 trials\)/],
];
const opened: Page[] = [];

beforeAll(async () => {
  await world.post(
    ...['a', 'b'].flatMap((trial) => [started(trial, { spectral_norm: true }), ...points(trial, 0)]),
    completed('a', { loss: 0.1 }),
  );
  for (const [path] of PAGES) opened.push(await world.browser.open(`${world.url}${path}`, { mayFail: true }));
});

const shown = (page: Page, text: RegExp): Promise<void> =>
  page.getByText(text).filter({ visible: true }).first().waitFor();

test('each page keeps its data while the server is gone, and goes on by itself when it is back', async () => {
  for (const [at, [, before]] of PAGES.entries()) await shown(opened[at] as Page, before);
  await Promise.all(opened.map((page) => page.evaluate('globalThis.isTheSameDocument = true')));
  await world.restart();
  await world.post(
    started('later', { spectral_norm: false }),
    ...points('later', 0),
    completed('later', { loss: 0.2 }),
    completed('b', { loss: 0.3 }),
  );
  for (const [at, [, , after]] of PAGES.entries()) {
    const page = opened[at] as Page;
    await shown(page, after);
    await page.locator('.live[data-state="live"]').waitFor();
    expect(await page.evaluate('globalThis.isTheSameDocument')).toBe(true);
  }
});

test('a page that is opened while the server is gone shows its data once it is back', async () => {
  const page = opened[0] as Page;
  await page.goto(world.url);
  await page.context().setOffline(true);
  await page.evaluate(`history.pushState(null, '', '/runs/study'); dispatchEvent(new PopStateEvent('popstate'))`);
  await page.getByRole('heading', { name: 'The server is not reachable' }).waitFor();
  await page.context().setOffline(false);
  await shown(page, /^later$/);
});

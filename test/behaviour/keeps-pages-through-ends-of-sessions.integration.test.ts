import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { createPagesWorld, started } from '../pages/pages-world.ts';
import { eventually } from '../support/eventually.ts';
import { query } from '../support/query.ts';
import { startThunderline } from '../support/thunderline.ts';

// A browser beside all other tests is slow; each wait has its own limit.
jest.setTimeout(300_000);

const world = await createPagesWorld();
afterAll(() => world.close());

let key: string;
let first: Page;
let second: Page;

async function signIn(page: Page, alsoCommand = false): Promise<void> {
  await page.getByLabel('API key').fill(key);
  if (alsoCommand) await page.getByLabel(/scope command/).check();
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const asksForKey = (page: Page): Promise<void> => page.getByRole('heading', { name: 'Sign in' }).waitFor();
const shows = (page: Page): Promise<void> => page.getByRole('row', { name: /t1/ }).first().waitFor();
const fillStudy = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Start a study' }).click();
  await page.getByLabel('Run id').fill('typed');
};

beforeAll(async () => {
  await world.post(started('t1'));
  const create = ['keys', 'create', '--scopes', 'read,command', '--name', 'operator'];
  key = (await startThunderline(world.environment, create).ended).out.trim();
  await eventually(async () => (await fetch(`${world.url}/api/runs`)).status === 401);
  first = await world.browser.open(world.url, { mayFail: true });
  second = await first.context().newPage();
  await second.goto(`${world.url}/runs/study`);
});

test('a tab that signs in or out does so for the other tabs', async () => {
  await Promise.all([asksForKey(first), asksForKey(second)]);
  await signIn(first);
  await Promise.all([shows(first), shows(second)]);
  await second.getByRole('button', { name: 'Sign out' }).click();
  await Promise.all([asksForKey(first), asksForKey(second)]);
  expect(await first.getByText('t1').count()).toBe(0);
  expect(await first.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
});

test('a form outlives the hour of the scope command, and the end of the session', async () => {
  await signIn(first, true);
  await fillStudy(first);
  await query(world.databaseUrl, `update browser_sessions set command_until = now() - interval '1 s'`);
  const start = first.getByRole('button', { name: 'Start 20 trials' });
  // Sessions are held for some seconds; a command under the old state is one study, whatever follows.
  await eventually(async () => {
    const { status } = await first.evaluate<{ status: number }>(
      `fetch('/api/runs/none/cancel', { method: 'POST', headers: { 'content-type': 'application/json' } }).then(({ status }) => ({ status }))`,
    );
    return status === 403;
  });
  await start.click();
  await asksForKey(first);
  await first.getByText('expires an hour after').waitFor();
  await signIn(first);
  expect(await first.getByLabel('Run id').inputValue()).toBe('typed');

  await query(world.databaseUrl, 'delete from browser_sessions');
  await asksForKey(first);
  await signIn(first, true);
  expect(await first.getByLabel('Run id').inputValue()).toBe('typed');
  await start.click();
  await first.waitForURL('**/runs/typed');
});

test('"Sign out" forgets what was typed, in every tab', async () => {
  await first.goto(world.url);
  await fillStudy(first);
  await second.getByRole('button', { name: 'Sign out' }).click();
  await asksForKey(first);
  await signIn(first, true);
  await shows(first);
  expect(await first.getByRole('dialog').count()).toBe(0);
  await first.getByRole('button', { name: 'Start a study' }).click();
  expect(await first.getByLabel('Run id').inputValue()).toBe('');
});

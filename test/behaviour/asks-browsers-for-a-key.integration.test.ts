import { afterAll, expect, jest, test } from '@jest/globals';
import { axeFaults } from '../pages/axe-faults.ts';
import { createPagesWorld, started } from '../pages/pages-world.ts';
import { eventually } from '../support/eventually.ts';
import { startThunderline } from '../support/thunderline.ts';

// A browser beside all other tests is slow; each wait has its own limit.
jest.setTimeout(300_000);

const world = await createPagesWorld();
afterAll(() => world.close());

test('a page asks for a key, keeps it nowhere, and shows what its session may read and do', async () => {
  await world.post(started('t1'));
  const create = ['keys', 'create', '--scopes', 'read,command', '--name', 'operator'];
  const key = (await startThunderline(world.environment, create).ended).out.trim();
  await eventually(async () => (await fetch(`${world.url}/api/runs`)).status === 401);

  const page = await world.browser.open(world.url);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByLabel('API key').fill('tl_wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();

  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('row', { name: /t1/ }).waitFor();
  expect(await page.getByRole('button', { name: 'Start a study' }).count()).toBe(0);
  const kept = await page.evaluate<string>('JSON.stringify([document.cookie, localStorage, sessionStorage])');
  expect(kept).not.toContain(key);
  expect(kept).toContain('""');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key').fill(key);
  await page.getByLabel(/scope command/).check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Start a study' }).waitFor();
  await page.context().close();
});

test('a browser that is signed out has no serious fault of accessibility in either theme', async () => {
  for (const theme of ['dark', 'light'] as const) {
    const signedOut = await world.browser.open(world.url, { theme, width: 390 });
    await signedOut.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await axeFaults(signedOut)).toEqual([]);
    await signedOut.context().close();
  }
});

import { afterAll, expect, jest, test } from '@jest/globals';
import { completed, createPagesWorld, point, started } from '../pages/pages-world.ts';
import { eventually } from '../support/eventually.ts';

// A browser beside all other tests is slow; each wait has its own limit.
jest.setTimeout(300_000);

const world = await createPagesWorld();
afterAll(() => world.close());

const { browser, url } = world;
const metric = (name: string) => `[aria-label="values of ${name}"] li`;

test('an empty system says how to send the first event', async () => {
  const page = await browser.open(url);
  await page.getByRole('heading', { name: 'No run has reported yet' }).waitFor();
  expect(await page.locator('pre').textContent()).toContain(`${url}/api/events/ml`);

  // The page shows the first trial without being loaded again.
  await world.post(started('t1', { spectral_norm: true }), point('t1', 0, { loss: 2.5 }));
  const row = page.getByRole('row', { name: /t1/ });
  await row.waitFor();
  await eventually(async () => /running.*spectral norm.*loss.*2\.5/s.test((await row.textContent()) ?? ''));
  await world.post(completed('t1', { loss: 2 }));
  await row.getByText('completed').waitFor();
  await page.context().close();
});

test('charts move while a trial runs, and lose and double no point over a restart of the system', async () => {
  await world.post(started('t2', { hyperparams: { lr: 0.01 } }), point('t2', 0, { loss: 9 }));
  const page = await browser.open(`${url}/runs/study?q=t2`);
  const values = page.locator(metric('loss'));
  await values.first().waitFor();
  await world.post(point('t2', 1, { loss: 8 }));
  await eventually(async () => /8$/.test((await values.first().textContent()) ?? ''));

  await world.restart();
  await world.post(...Array.from({ length: 50 }, (_, at) => point('t2', 2 + at, { loss: 7 - at / 10 })));
  await eventually(async () => /2\.1$/.test((await values.first().textContent()) ?? ''));
  await page.getByText('As a table').first().click();
  const row = 't2512.12.190';
  await eventually(async () => (await page.locator('details tbody tr').first().textContent()) === row);

  // The page that followed the feed has the same as one that reads everything now.
  const fresh = await browser.open(`${url}/runs/study?q=t2`);
  await fresh.getByText('As a table').first().click();
  await eventually(async () => (await fresh.locator('details tbody tr').first().textContent()) === row);
  await page.context().close();
  await fresh.context().close();
});

test('NaN and infinities are marked and spoil neither chart nor table', async () => {
  await world.post(
    started('nan'),
    point('nan', 0, { loss: 1 }),
    point('nan', 1, { loss: 'NaN' }),
    point('nan', 2, { loss: 'Infinity' }),
    point('nan', 3, { loss: 0.5 }),
  );
  const page = await browser.open(`${url}/runs/study?q=nan`);
  await page.getByText('As a table').first().click();
  await eventually(async () => (await page.locator('details tbody tr').first().textContent()) === 'nan30.50.512');
  await page.context().close();
});

test('a trial with any id has its row and its page', async () => {
  const ids = ['<b>&"quoted"\'</b>', '🚀 مرحبا \u202eevil', '../..', 'a/b?c=d#e', '%2F', 'x'.repeat(255)];
  await world.post(...ids.flatMap((id) => [started(id), completed(id, { loss: 1 })]));
  const page = await browser.open(`${url}/runs/study`);
  for (const id of ids) {
    await page.goto(`${url}/runs/study?q=${encodeURIComponent(id)}`);
    await page.getByRole('link', { name: id, exact: true }).click();
    await page.getByRole('heading', { name: id, level: 1, exact: true }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: id, level: 1, exact: true }).waitFor();
  }
  await page.context().close();
});

test('a stored artifact has a link on the page of its trial that returns its bytes', async () => {
  await world.post(started('kept'), completed('kept', { loss: 1 }));
  const stored = await fetch(`${url}/api/runs/study/trials/kept/artifacts/notes.txt`, {
    method: 'PUT',
    body: 'the bytes',
  });
  expect(stored.status).toBe(201);
  await eventually(async () => {
    const { artifacts } = await world.get<{ artifacts: readonly unknown[] }>('/api/runs/study/trials/kept/artifacts');
    return artifacts.length === 1;
  });
  const page = await browser.open(`${url}/runs/study/trials/kept`);
  const link = await page.getByRole('link', { name: 'notes.txt' }).getAttribute('href');
  expect(await (await fetch(link ?? '')).text()).toBe('the bytes');
  await page.context().close();
});

test('no page has reported an error', () => {
  // Chromium reports each request that a system refuses while it restarts.
  const restarting =
    /^Failed to load resource: (the server responded with a status of 503|net::ERR_(CONNECTION|EMPTY))/;
  expect(browser.faults.filter((fault) => !restarting.test(fault))).toEqual([]);
});

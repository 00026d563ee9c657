import { afterAll, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { createPagesWorld, point, started } from '../pages/pages-world.ts';
import { eventually } from '../support/eventually.ts';

// A browser beside all other tests is slow; each wait has its own limit.
jest.setTimeout(300_000);

const world = await createPagesWorld({ LIVE_WINDOW_MS: '1000' });
afterAll(() => world.close());

test('a page says that the tables are behind the feed, shows what arrives, and has all of it when they have caught up', async () => {
  await world.post(started('t'), point('t', 0, { loss: 9 }));
  const page = await world.browser.open(`${world.url}/runs/study`);
  const values = page.getByRole('list', { name: 'values of loss' });
  await values.getByText('9', { exact: true }).waitFor();

  // Nothing is written while another transaction holds the tables.
  const holder = new pg.Client({ connectionString: world.databaseUrl });
  await holder.connect();
  await holder.query('begin; lock table trial_metrics, cerebros_model_trials in share mode');
  let step = 0;
  const behind = page.getByText(/the tables are .* behind/);
  await page.reload();
  await eventually(async () => {
    step += 1;
    await world.post(point('t', step, { loss: 9 - step / 1_000 }));
    // A page that is opened now starts from a position that the feed no longer holds.
    if (step % 50 === 0) await page.reload();
    return behind.isVisible();
  });
  step += 1;
  await world.post(point('t', step, { loss: 0.125 }));
  await values.getByText('0.125').waitFor();

  await holder.query('rollback');
  await holder.end();
  await eventually(async () => (await behind.count()) === 0);
  await page.getByText('As a table').first().click();
  const row = page.locator('details tbody tr').first();
  await eventually(async () => {
    // It is read again after a pause, or has the rest from the feed.
    await world.post(point('t', step, { loss: 0.125 }));
    return ((await row.textContent()) ?? '').endsWith('0.12590');
  });
  const { series } = await world.get<{ series: readonly { total: number }[] }>(
    '/api/runs/study/metrics?trial=t&name=loss',
  );
  expect(series[0]?.total).toBeGreaterThan(step);
  await page.context().close();
});

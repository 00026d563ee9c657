import { completed, point, started } from '../pages/pages-world.ts';
import { query } from '../support/query.ts';
import { until } from '../support/until.ts';
import { sampleStudy } from './access-checks.ts';
import { type Check, expectThat } from './check.ts';

const WAIT_MS = 60_000;
const VALUES = { model_run_id: 'values' };
const DEEP = { model_run_id: 'deep' };

export const VALUE_CHECKS: readonly Check[] = [
  {
    name: 'the clock of charts and times is that of the browser, and its zone is named',
    async run(world) {
      const at = Date.UTC(2026, 4, 4, 12, 30);
      await world.post(
        started('zone', { model_run_id: 'zones', timestamp: at }),
        point('zone', 0, { loss: 1 }, { model_run_id: 'zones', timestamp: at }),
        { event: 'ml.run.start', model_run_id: 'zones', timestamp: at },
      );
      for (const [timezone, clock] of [
        ['Asia/Tokyo', '2026-05-04 21:30:00'],
        ['America/New_York', '2026-05-04 08:30:00'],
      ] as const) {
        const page = await world.browser.open(`${world.url}/runs/zones?x=clock`, { timezone });
        await page.getByText(`started ${clock}`).waitFor();
        await page.goto(`${world.url}/runs/zones/trials/zone`);
        await page.getByText(clock).first().waitFor();
        await page.goto(`${world.url}/compare?model_run_id=zones&metric=loss`);
        await page.getByText(timezone).waitFor();
        await page.context().close();
      }
      return undefined;
    },
  },
  {
    name: 'NaN is a gap with a mark, zeros of a log axis are marks at the foot, and both are counted',
    async run(world) {
      const values = [4, 3, 'NaN', 2, 0, 1];
      await world.post(
        started('holes', VALUES),
        ...values.map((loss, step) => point('holes', step, { loss }, VALUES)),
        completed('holes', { loss: 'NaN' }, VALUES),
      );
      const page = await world.browser.open(`${world.url}/runs/values?q=holes`);
      await page.getByText('1 not finite').waitFor();
      await page.getByLabel('y', { exact: true }).selectOption('log');
      await page.getByText('1 at or below 0').waitFor();
      await page.goto(`${world.url}/compare?model_run_id=values&metric=loss`);
      await page.getByText('1 NaN').waitFor();
      await page.context().close();
      return undefined;
    },
  },
  {
    name: 'a second attempt continues the line of the first with a break, also for a page that is opened later',
    async run(world) {
      const at = (attempt: number, step: number, loss: number) =>
        point('twice', step, { loss }, { model_run_id: 'attempts', attempt });
      await world.post(
        started('twice', { model_run_id: 'attempts', attempt: 1 }),
        ...[9, 8, 7, 6].map((loss, step) => at(1, step, loss)),
        started('twice', { model_run_id: 'attempts', attempt: 2 }),
        at(2, 2, 5),
        at(2, 3, 4),
      );
      await until('the second attempt', WAIT_MS, async () => {
        const found = await fetch(`${world.url}/api/runs/attempts/trials/twice`);
        return found.ok && ((await found.json()) as { trial: { attempt: number } }).trial.attempt === 2;
      });
      const page = await world.browser.open(`${world.url}/runs/attempts`);
      await page.getByText('As a table').first().click();
      await until('both attempts', WAIT_MS, async () => {
        const row = await page.locator('details tbody tr').first().textContent();
        return row === 'twice34490';
      });
      await page.context().close();
      return undefined;
    },
  },
  {
    name: 'a step of 2^60 has its row and its chart, to the digit, on every page',
    async run(world) {
      const about = { ...DEEP, hyperparams: { lr: 0.1 } };
      await world.post(
        started('deep', about),
        ...[4, 3].map((loss, step) => point('deep', step, { loss }, DEEP)),
        completed('deep', { loss: 1 }, DEEP),
        started('lost', about),
        point('lost', 0, { loss: 2 }, DEEP),
      );
      // A record may have a greater step than an event that is posted as JSON.
      await until('the keys of the series', WAIT_MS, async () => {
        const { rowCount } = await query(world.databaseUrl, INSERT_DEEP);
        return rowCount === 2;
      });
      const digits = '1,152,921,504,606,846,977';
      const page = await world.browser.open(`${world.url}/`);
      await page.getByText(`loss not finite since step ${digits}`).waitFor();
      await page.goto(`${world.url}/runs/deep?col=max_step.loss&col=min_step.loss`);
      await page.locator('table.trials').getByText(digits).first().waitFor();
      await page.getByRole('list', { name: 'values of loss' }).getByText('deep').waitFor();
      await page.getByText('As a table').first().click();
      await page.locator('.chart').getByText(digits).waitFor();
      await page.goto(`${world.url}/runs/deep?range=1152921504606846000..1152921504606848000`);
      await page.getByRole('list', { name: 'values of loss' }).getByText('deep').waitFor();
      await page.goto(`${world.url}/runs/deep/trials/deep`);
      await page.getByText('As a table').first().click();
      await page.getByText(digits).waitFor();
      await page.goto(`${world.url}/compare?model_run_id=deep&metric=loss`);
      await page.locator('section[aria-label="curves of loss"]').getByText('As a table').click();
      await page.locator('section[aria-label="curves of loss"] tbody').getByText('1,15').first().waitFor();
      await page.context().close();
      return undefined;
    },
  },
  {
    name: 'the exports of a run and of a comparison are what Postgres has',
    async run(world) {
      await sampleStudy(world);
      const databaseUrl = String(world.environment.DATABASE_URL);
      const page = await world.browser.open(`${world.url}/runs/sample`);
      await page.getByText('Export').first().click();
      const href = await page.getByRole('link', { name: 'Points of the charts, CSV' }).getAttribute('href');
      const trials = new URL(`${world.url}${href}`).searchParams.getAll('trial');
      expectThat(trials.length > 1, `the link names ${trials.length} trials`);
      const lines = (await (await fetch(`${world.url}${href}`)).text()).trim().split('\r\n').slice(1);
      const { rows } = await query(
        databaseUrl,
        `select trial_id, name, step::text, value from trial_attempt_points
         where model_run_id = 'sample' and trial_id = any($1::text[])`,
        [trials],
      );
      const expected = rows.map(({ trial_id, name, step, value }) => `sample,${trial_id},${name},${step},${value}`);
      const found = lines.map((line) => line.split(',').slice(0, 5).join(','));
      expectThat(found.toSorted().join('\n') === expected.toSorted().join('\n'), 'the points differ');

      await page.goto(`${world.url}/compare?model_run_id=sample&metric=val_accuracy`);
      await page.getByText('Export').first().click();
      const csv = await page.getByRole('link', { name: 'Figures of the groups, CSV' }).getAttribute('href');
      const figures = decodeURIComponent(String(csv).split(',').slice(1).join(',')).trim().split('\r\n').slice(1);
      const { rows: groups } = await query(
        databaseUrl,
        `select spectral_norm, count(*)::int4 as n, avg(value) as mean from trial_final_metric_values
         where model_run_id = 'sample' and name = 'val_accuracy' group by 1 order by 1`,
      );
      for (const [at, { spectral_norm, n, mean }] of groups.entries()) {
        const [group, , count, average] = (figures[at] ?? '').split(',');
        expectThat(group === String(spectral_norm) && Number(count) === n, `group ${at} has ${figures[at]}`);
        expectThat(Math.abs(Number(average) - mean) < 1e-9, `the mean of group ${at} is ${average}, not ${mean}`);
      }
      await page.context().close();
      return `${lines.length} points`;
    },
  },
  {
    name: 'the address of each view opened in a fresh browser shows the same view',
    async run(world) {
      await sampleStudy(world);
      const page = await world.browser.open(`${world.url}/?run=latest`);
      await page.waitForURL(/\/runs\//);
      await page.goto(`${world.url}/compare?model_run_id=sample&metric=val_accuracy`);
      // A parameter over several powers of ten has a logarithmic axis by default.
      const log = page.getByRole('button', { name: 'log axis of learning_rate' });
      expectThat((await log.getAttribute('aria-pressed')) === 'true', 'the axis is not logarithmic by default');
      await log.click();
      await page.waitForURL(/log=(&|$)/);
      await log.click();
      await page.waitForURL(/log=param\.learning_rate/);
      await page.getByText('Bounds as numbers').click();
      await page.getByLabel('min learning_rate').fill('0.001');
      await page.getByLabel('min learning_rate').press('Enter');
      await page.waitForURL(/brush=/);
      await page.getByLabel('Band').selectOption('range');
      await page.getByLabel('Metric of the curves').selectOption('train_loss');
      await page.waitForURL(/curve=train_loss/);
      const said = await page.getByText(/of 40 trials, the best/).textContent();
      const fresh = await world.browser.open(page.url());
      await fresh.getByText(String(said)).waitFor();
      expectThat((await fresh.getByLabel('Band').inputValue()) === 'range', 'the band differs');
      expectThat((await fresh.getByLabel('Metric of the curves').inputValue()) === 'train_loss', 'the curve differs');
      expectThat(page.url().length < 2_000, `the address has ${page.url().length} characters`);
      await page.context().close();
      await fresh.context().close();
      return said ?? undefined;
    },
  },
];

/** A finite value far out for one trial, and one that is not for the other. */
const INSERT_DEEP = `
  insert into trial_metrics (step, value, recorded_at, trial_key, name_key, event_id)
  select 1152921504606846977, case when t.trial_id = 'deep' then 7 else 'NaN'::float8 end, now(), p.trial_key, p.name_key, gen_random_uuid()
  from trial_metrics p join metric_trials t using (trial_key) where t.model_run_id = 'deep' and p.step = 0`;

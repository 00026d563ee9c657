import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { axeFaults } from '../pages/axe-faults.ts';
import { completed, createPagesWorld, point, started } from '../pages/pages-world.ts';
import { eventually } from '../support/eventually.ts';

// A browser beside all other tests is slow; each wait has its own limit.
jest.setTimeout(300_000);

const world = await createPagesWorld();
afterAll(() => world.close());

const { browser, url } = world;

beforeAll(async () => {
  for (const trial of ['a', 'b']) {
    await world.post(
      started(trial, { spectral_norm: trial === 'a', hyperparams: { lr: 0.01, optimizer: 'adam' } }),
      ...Array.from({ length: 20 }, (_, step) => point(trial, step, { loss: 1 / (step + 1), acc: step / 20 })),
    );
  }
  await world.post(completed('a', { acc: 0.95 }));
  await world.post({
    event: 'ml.trial.failed',
    model_run_id: 'study',
    trial_id: 'b',
    error_type: 'ValueError',
    error_message: 'Traceback (most recent call last):\n  File "train.py", line 3\nValueError: loss is NaN',
  });
});

test.each([
  ['the monitor', '/', 'Trials'],
  ['a run', '/runs/study', 'Metrics'],
  ['a trial', '/runs/study/trials/b', 'Parameters'],
  ['a run that does not exist', '/runs/none', 'No data for the run none'],
])('%s has no serious fault of accessibility in either theme, and fits a phone', async (_, path, heading) => {
  for (const theme of ['light', 'dark'] as const) {
    const page = await browser.open(`${url}${path}`, { theme, width: 390, height: 800 });
    await page.getByRole('heading', { name: heading, exact: true }).first().waitFor();
    expect(await axeFaults(page)).toEqual([]);
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    await page.context().close();
  }
});

test('the keyboard reaches everything: keys are listed, a row is chosen and opened', async () => {
  const page = await browser.open(`${url}/runs/study`);
  await page.getByRole('heading', { name: 'Metrics' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('opens the row').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('/');
  await page.keyboard.type('b');
  await page.waitForURL(/q=b/);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'b', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'b', level: 1, exact: true }).waitFor();
  await page.getByText('ValueError: loss is NaN').waitFor();
  await page.goBack();
  await page.waitForURL(/q=b/);
  await page.context().close();
});

test('the view is in the address, and a fresh browser shows the same', async () => {
  const page = await browser.open(`${url}/runs/study`);
  await page.getByLabel('y', { exact: true }).selectOption('log');
  await page.getByLabel('Smoothing').selectOption('10');
  await page.getByRole('button', { name: 'Trial', exact: true }).click();
  await page.getByRole('checkbox', { name: 'show a in the charts' }).uncheck();
  await page.getByText('1 in the charts').waitFor();
  const address = page.url();
  expect(address.length).toBeLessThan(2_000);
  const fresh = await browser.open(address);
  await fresh.getByText('1 in the charts').waitFor();
  expect(await fresh.getByLabel('y', { exact: true }).inputValue()).toBe('log');
  expect(await fresh.getByLabel('Smoothing').inputValue()).toBe('10');
  await page.context().close();
  await fresh.context().close();
});

test('a chart is drawn again when a choice changes its lines, although no point arrives', async () => {
  const page = await browser.open(`${url}/runs/study`);
  const drawing = (): Promise<string> => page.evaluate<string>(`document.querySelector('canvas.lines').toDataURL()`);
  await page.locator('canvas.lines').first().waitFor();
  await page.getByRole('list', { name: 'values of acc' }).getByRole('listitem').first().waitFor();
  for (const [label, choice] of [
    ['Smoothing', '50'],
    ['y', 'log'],
    ['Colour', 'spectral_norm'],
  ] as const) {
    const before = await drawing();
    await page.getByLabel(label, { exact: true }).selectOption(choice);
    await eventually(async () => (await drawing()) !== before);
  }
  await page.context().close();
});

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser } from '../test/support/browser.ts';

/**
 * `npm run screenshots -- http://127.0.0.1:4000 [FOLDER]`: the pictures of docs/dashboard.md, in both themes and on a phone, of
 * the newest run of a running system.
 */
const [, , url = 'http://127.0.0.1:4000', folder = join(import.meta.dirname, 'images')] = process.argv;
/** Pictures in another folder are of the whole page. */
const isWhole = process.argv[3] !== undefined;
const VIEWS = [
  { theme: 'light', width: 1280, height: 860, suffix: 'light' },
  { theme: 'dark', width: 1280, height: 860, suffix: 'dark' },
  { theme: 'light', width: 390, height: 844, suffix: 'phone' },
] as const;
const READY_MS = 2_500;

interface RunList {
  readonly runs: readonly { readonly model_run_id: string }[];
}

interface TrialList {
  readonly trials: readonly { readonly trial_id: string }[];
}

const get = async <T>(path: string): Promise<T> => (await (await fetch(`${url}${path}`)).json()) as T;

const [run] = (await get<RunList>('/api/runs?limit=1')).runs;
if (run === undefined) throw new Error(`${url} has no run: start a study first, with npm run demo`);
const id = encodeURIComponent(run.model_run_id);
const [trial] = (await get<TrialList>(`/api/trials?model_run_id=${id}&limit=1&status=completed`)).trials;
const pages = {
  monitor: '/',
  run: `/runs/${id}`,
  trial: `/runs/${id}/trials/${encodeURIComponent(trial?.trial_id ?? '')}`,
  compare: `/compare?model_run_id=${id}`,
};

await mkdir(folder, { recursive: true });
const browser = await openBrowser();
for (const { theme, width, height, suffix } of VIEWS) {
  for (const [name, path] of Object.entries(pages)) {
    const page = await browser.open(`${url}${path}`, { theme, width, height });
    await page.locator('h1').waitFor();
    await page.waitForTimeout(READY_MS);
    await page.screenshot({ path: join(folder, `${name}-${suffix}.png`), fullPage: isWhole });
    await page.context().close();
  }
}
await browser.close();

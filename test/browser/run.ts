import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { createProgress } from '../../dev/machine/progress.ts';
import { HOME, PARTS_FOLDER } from '../../dev/stack/folders.ts';
import { startStack } from '../../dev/stack/stack.ts';
import { createPagesWorld } from '../pages/pages-world.ts';
import { ACCESS_CHECKS } from './access-checks.ts';
import type { Check } from './check.ts';
import { FEED_CHECKS } from './feed-checks.ts';
import { LIVE_CHECKS } from './live-checks.ts';
import { MOVING_CHECKS } from './moving-checks.ts';
import { selectChecks } from './select-checks.ts';
import { SIZE_CHECKS } from './size-checks.ts';
import { VALUE_CHECKS } from './value-checks.ts';

/**
 * `npm run test:browser`: the pages in real Chromium at the sizes and rates that take minutes: 75,000 trials, 1,500 metrics, a
 * million points, charts that move for 20 s, eight tabs, every page in both themes. `-- spike 'eight tabs'` runs those
 * whose names contain one of the texts.
 */
const CHECKS: readonly Check[] = [
  ...ACCESS_CHECKS,
  ...VALUE_CHECKS,
  ...FEED_CHECKS,
  ...SIZE_CHECKS,
  ...LIVE_CHECKS,
  ...MOVING_CHECKS,
];

const checks = selectChecks(CHECKS, process.argv.slice(2));
const stack = await startStack({
  home: join(HOME, 'browser'),
  parts: PARTS_FOLDER,
  environment: process.env,
  progress: createProgress(process.stderr),
  only: ['kafka', 'registry', 'postgres', 's3'],
  tools: ['chromium'],
});
Object.assign(process.env, stack.environment);
const world = await createPagesWorld();
let [passed, failed] = [0, 0];
try {
  for (const { name, run } of checks) {
    const opened: Page[] = [];
    const open: typeof world.browser.open = async (...view) => {
      const page = await world.browser.open(...view);
      opened.push(page);
      return page;
    };
    try {
      const figure = await run({ ...world, browser: { ...world.browser, open } });
      passed += 1;
      console.log(`ok     ${name}${figure === undefined ? '' : `: ${figure}`}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${name}: ${(error as Error).message}`);
    } finally {
      // A check that fails leaves its pages open, and their connections would count in the next one.
      await Promise.all(opened.map((page) => page.context().close()));
    }
  }
  for (const fault of new Set(world.browser.faults)) {
    failed += 1;
    console.log(`FAILED a page has reported an error: ${fault}`);
  }
} finally {
  await world.close();
  await stack.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed === checks.length ? 0 : 1);

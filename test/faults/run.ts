import { join } from 'node:path';
import { countJest, report } from '../runner/jest.ts';

/**
 * `npm run test:faults`: every fault there is. With arguments, those of the files whose paths match one of them: `quick` is
 * the part that CI runs, `long` the rest, `kill-router` one file.
 *
 * The last line counts what passed and failed.
 */
report(await countJest(['--config', join(import.meta.dirname, 'jest.config.js'), ...process.argv.slice(2)]));

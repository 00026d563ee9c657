import { join } from 'node:path';
import { countJest, report } from '../runner/jest.ts';
import { requireTools } from '../runner/require-tools.ts';

/**
 * `npm run test:faults`: every fault. With arguments, only the files whose paths match one of them: `quick` is the part
 * that CI runs, `long` the rest, `kill-start` one file. The suite starts all parts itself, whatever the environment names.
 *
 * The last line counts the passed and failed tests.
 */
requireTools({});
report(await countJest(['--config', join(import.meta.dirname, 'jest.config.js'), ...process.argv.slice(2)]));

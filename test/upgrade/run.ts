import { join } from 'node:path';
import { countJest, report } from '../runner/jest.ts';
import { requireTools } from '../runner/require-tools.ts';

/**
 * `npm run test:upgrade`: the data of every release in fixtures/ under this version, schemas that are older and newer than it,
 * and the loss of Postgres. With arguments, only the files whose paths match one of them.
 *
 * The last line counts the passed and failed tests.
 */
requireTools();
report(await countJest(['--config', join(import.meta.dirname, 'jest.config.js'), ...process.argv.slice(2)]));

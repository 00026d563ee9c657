import { join } from 'node:path';
import { countJest, report } from '../runner/jest.ts';
import { requireTools } from '../runner/require-tools.ts';

/**
 * `npm run test:pgbouncer`: sinks, queries and the bridge through Debian's pgbouncer, and what its transaction mode breaks.
 *
 * The last line counts the passed and failed tests.
 */
requireTools();
report(await countJest(['--config', join(import.meta.dirname, 'jest.config.js'), ...process.argv.slice(2)]));

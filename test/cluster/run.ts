import { join } from 'node:path';
import { countJest, report } from '../runner/jest.ts';
import { requireTools } from '../runner/require-tools.ts';

/**
 * `npm run test:cluster`: faults of a cluster of three brokers. With arguments, only the files whose paths match one of them:
 * `leader`, `rolling-brokers`, `rolling-roles`, `quorum`, `in-sync`, `reassigned`, `paused`, `acknowledged`. Each takes a few minutes, and starts its
 * own brokers whatever the environment names.
 *
 * The last line counts the passed and failed tests.
 */
requireTools({ ...process.env, KAFKA_BROKERS: '' });
report(await countJest(['--config', join(import.meta.dirname, 'jest.config.js'), ...process.argv.slice(2)]));

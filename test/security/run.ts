import { join } from 'node:path';
import { countJest, report } from '../runner/jest.ts';
import { requireTools } from '../runner/require-tools.ts';

/**
 * `npm run test:security`: encryption, authentication and rights, on a real broker with SASL_SSL, mTLS and an authorizer, with
 * certificates that openssl makes. With arguments, only the files whose paths match one of them.
 *
 * The last line counts the passed and failed tests.
 */
requireTools({});
report(await countJest(['--config', join(import.meta.dirname, 'jest.config.js'), ...process.argv.slice(2)]));

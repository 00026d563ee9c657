import { join } from 'node:path';
import { countJest, report } from '../runner/jest.ts';

/**
 * `npm run test:abuse`: a real gateway process under attack from loopback, while another client posts events. With
 * arguments, only the files whose paths match one of them. Each attack lasts a few seconds and stops by itself.
 *
 * The last line counts what passed and failed.
 */
report(await countJest(['--config', join(import.meta.dirname, 'jest.config.js'), ...process.argv.slice(2)]));

import { join } from 'node:path';
import { requirePrerequisites } from '../../dev/machine/prerequisites.ts';
import { printError } from '../../dev/machine/print-error.ts';
import { countJest, report } from '../runner/jest.ts';
import { requireTools } from '../runner/require-tools.ts';

/**
 * `npm run test:collector`: sends the spans of a point, from the training loop to each sink, to the collector of OpenTelemetry. It is
 * built from its Go modules: some minutes once.
 *
 * The last line counts the passed and failed tests.
 */
try {
  requireTools();
  requirePrerequisites(['go'], process.env);
  report(await countJest(['--config', join(import.meta.dirname, 'jest.config.js'), ...process.argv.slice(2)]));
} catch (error) {
  printError(error);
  process.exitCode = 1;
}

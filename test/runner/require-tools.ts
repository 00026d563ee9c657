import { requirePrerequisites } from '../../dev/machine/prerequisites.ts';
import { printError } from '../../dev/machine/print-error.ts';
import { isPythonInstalled } from '../../dev/parts/python.ts';
import { PARTS_FOLDER } from '../../dev/stack/folders.ts';
import { partsToStart, prerequisitesOf } from '../../dev/stack/parts-to-start.ts';
import { withoutStaleAddresses } from '../../dev/stack/stale-addresses.ts';
import { TEST_PYTHON } from './python.ts';

/**
 * Ends this process when a tool is missing, with a sentence for each: of the parts that do not run elsewhere according to
 * `environment`, of the Python tests, and of the tests of the pages.
 */
export function requireTools(environment: NodeJS.ProcessEnv = process.env): void {
  const parts = partsToStart(withoutStaleAddresses(environment).environment);
  const python = isPythonInstalled(PARTS_FOLDER, TEST_PYTHON) ? [] : (['python'] as const);
  try {
    requirePrerequisites([...prerequisitesOf(parts, PARTS_FOLDER), ...python, 'chromium'], process.env);
  } catch (error) {
    printError(error);
    process.exit(1);
  }
}

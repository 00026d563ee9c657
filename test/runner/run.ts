import { type Counts, countJest, report, run, runJest } from './jest.ts';
import { countPytest } from './pytest.ts';
import { installTestPython } from './python.ts';
import { requireTools } from './require-tools.ts';

/**
 * `npm test`: the static checks, every jest file but the long ones on one stack of real parts, then the tests of the Python
 * package. With arguments (`npm test -- test/events`), only jest, with those arguments.
 *
 * The last line counts the passed and failed tests of all of them.
 */
async function check(): Promise<Counts> {
  const failed = Number((await run('npm', ['run', '--silent', 'check'])) !== 0);
  return { passed: 1 - failed, failed };
}

const pytest = async (): Promise<Counts> => countPytest(await installTestPython());

const [, , ...args] = process.argv;
if (args.length > 0) process.exit(await runJest(args));
requireTools();
process.env.LONG = 'no';

let passed = 0;
let failed = 0;
for (const suite of [check, () => countJest([]), pytest]) {
  const counts = await suite().catch((error: unknown) => {
    console.error(error);
    return { passed: 0, failed: 1 };
  });
  passed += counts.passed;
  failed += counts.failed;
}
report({ passed, failed });

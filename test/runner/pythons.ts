import { findPython } from '../../dev/machine/prerequisites.ts';
import { findPythons, versionOf } from './find-pythons.ts';
import { report } from './jest.ts';
import { countPytest } from './pytest.ts';
import { installTestPython, testPythonOf } from './python.ts';

/**
 * `npm run test:pythons`: the tests of the Python package on every supported Python of this machine. Arguments choose
 * versions (`npm run test:pythons -- 3.12`); `others` chooses all but the one that `npm test` uses. Fails when nothing is
 * found, unless there are no others.
 */
const wanted = process.argv.slice(2);
const others = wanted.includes('others');
const interpreters = findPythons().filter(({ version }) =>
  others
    ? version !== versionOf(findPython(process.env))
    : wanted.length === 0 || wanted.some((prefix) => `${version}.`.startsWith(`${prefix}.`)),
);
const isMissing = interpreters.length === 0 && !others;
if (isMissing) {
  console.error(
    `No Python ${wanted.join(', ') || '3.10 to 3.13'} was found on the path, in pyenv or in uv: install one.`,
  );
}

const total = { passed: 0, failed: Number(isMissing) };
for (const interpreter of interpreters) {
  console.log(`Python ${interpreter.version} (${interpreter.program})`);
  const counts = await countPytest(await installTestPython(testPythonOf(interpreter)));
  total.passed += counts.passed;
  total.failed += counts.failed;
}
report(total);

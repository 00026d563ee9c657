import { findPythons } from './find-pythons.ts';
import { report } from './jest.ts';
import { countPytest } from './pytest.ts';
import { installTestPython, testPythonOf } from './python.ts';

/**
 * `npm run test:pythons`: the tests of the Python package on every supported Python of this machine; with arguments
 * (`npm run test:pythons -- 3.12`), on those versions. Fails when there is none.
 */
const wanted = process.argv.slice(2);
const interpreters = findPythons().filter(
  ({ version }) => wanted.length === 0 || wanted.some((prefix) => `${version}.`.startsWith(`${prefix}.`)),
);
if (interpreters.length === 0) {
  console.error(
    `No Python ${wanted.join(', ') || '3.10 to 3.13'} was found on the path, in pyenv or in uv: install one.`,
  );
}

const total = { passed: 0, failed: interpreters.length === 0 ? 1 : 0 };
for (const interpreter of interpreters) {
  console.log(`Python ${interpreter.version} (${interpreter.program})`);
  const counts = await countPytest(await installTestPython(testPythonOf(interpreter)));
  total.passed += counts.passed;
  total.failed += counts.failed;
}
report(total);

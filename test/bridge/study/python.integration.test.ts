import { expect, test } from '@jest/globals';
import { countPytest } from '../../runner/pytest.ts';
import { installTestPython } from '../../runner/python.ts';

/** They need Postgres, which the run of all Python tests does not have. */
test('the Python tests of studies pass on a real Postgres, none skipped', async () => {
  const { passed, failed, skipped } = await countPytest(await installTestPython(), ['tests/study']);
  expect({ failed, skipped }).toEqual({ failed: 0, skipped: 0 });
  expect(passed).toBeGreaterThan(20);
}, 600_000);

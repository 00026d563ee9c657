import { globSync } from 'node:fs';
import { join } from 'node:path';
import { onRealParts } from './test/on-real-parts.js';

/** Tests run as native ES modules; Node itself strips the types (see test/runner/strip-types.js). */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/runner/strip-types.js' },
  modulePathIgnorePatterns: ['<rootDir>/.thunderline/'],
};

const files = globSync('test/**/*.test.ts', { cwd: import.meta.dirname }).map((file) =>
  join(import.meta.dirname, file),
);
const { true: onParts = [], false: alone = [] } = Object.groupBy(files, (file) => String(onRealParts(file)));

/** Jest runs a project's set-up only when a file of that project is to run: without one, no part is booted. */
export default {
  // For what hangs, not for what is slow: real parts on a busy machine take their time.
  testTimeout: 60_000,
  projects: [
    { ...common, displayName: 'alone', testMatch: alone },
    {
      ...common,
      displayName: 'real parts',
      testMatch: onParts,
      globalSetup: '<rootDir>/test/runner/global-setup.ts',
      globalTeardown: '<rootDir>/test/runner/global-teardown.ts',
    },
  ],
};

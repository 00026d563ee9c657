import { LONG_TESTS } from './test/runner/long-tests.js';

/** Tests run as native ES modules; Node itself strips the types (see test/runner/strip-types.js). */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/runner/strip-types.js' },
  modulePathIgnorePatterns: ['<rootDir>/.thunderline/'],
};

/** `no` leaves the long tests out, `only` leaves out all others; without it each file that is asked for runs. */
const { LONG } = process.env;

/** The name of a test file says what it needs. Jest sets a project up only when one of its files is to run. */
export default {
  // A test that hangs must end; real parts on a busy machine may be slow.
  testTimeout: 180_000,
  // The tests wait for the parts for a third of their time, so three at a time keep two cores busy.
  maxWorkers: 3,
  projects: [
    {
      ...common,
      displayName: 'alone',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      setupFiles: ['<rootDir>/test/runner/without-parts.js'],
      // The empty pattern matches every path.
      testPathIgnorePatterns: [LONG === 'only' ? '' : '\\.integration\\.test\\.ts$'],
    },
    {
      ...common,
      displayName: 'real parts',
      testMatch: LONG === 'only' ? LONG_TESTS : ['<rootDir>/test/**/*.integration.test.ts'],
      testPathIgnorePatterns: LONG === 'no' ? LONG_TESTS : [],
      globalSetup: '<rootDir>/test/runner/global-setup.ts',
      globalTeardown: '<rootDir>/test/runner/global-teardown.ts',
    },
  ],
};

/** Tests run as native ES modules; Node itself strips the types (see test/runner/strip-types.js). */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/runner/strip-types.js' },
  modulePathIgnorePatterns: ['<rootDir>/.thunderline/'],
};

/** The name of a test file says what it needs. Jest sets a project up only when one of its files is to run. */
export default {
  // A test that hangs must end; real parts on a busy machine may be slow.
  testTimeout: 60_000,
  // Jest leaves one core to the terminal; the tests mostly wait for the parts, so two at a time fit on two cores.
  maxWorkers: 2,
  projects: [
    {
      ...common,
      displayName: 'alone',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      setupFiles: ['<rootDir>/test/runner/without-parts.js'],
      testPathIgnorePatterns: ['\\.integration\\.test\\.ts$'],
    },
    {
      ...common,
      displayName: 'real parts',
      testMatch: ['<rootDir>/test/**/*.integration.test.ts'],
      globalSetup: '<rootDir>/test/runner/global-setup.ts',
      globalTeardown: '<rootDir>/test/runner/global-teardown.ts',
    },
  ],
};

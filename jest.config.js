/** Tests run as native ES modules; Node itself strips the types (see test/strip-types.js). */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/strip-types.js' },
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
  // For what hangs, not for what is slow: real parts on a busy machine take their time.
  testTimeout: 60_000,
  modulePathIgnorePatterns: ['<rootDir>/.thunderline/'],
};

import { join } from 'node:path';

/** Tests that kill, stop and disconnect real parts: one file at a time, on the parts of the run. See run.ts. */
export default {
  rootDir: join(import.meta.dirname, '../..'),
  testMatch: ['<rootDir>/test/faults/{quick,long}/*.fault.ts'],
  testEnvironment: '<rootDir>/test/faults/harness/environment.js',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/runner/strip-types.js' },
  globalSetup: '<rootDir>/test/faults/harness/global-setup.ts',
  globalTeardown: '<rootDir>/test/faults/harness/global-teardown.ts',
  modulePathIgnorePatterns: ['<rootDir>/.thunderline/'],
  // A test can reach the parts only in the process that has started them: see harness/environment.js.
  maxWorkers: 1,
  verbose: true,
  testTimeout: 300_000,
};

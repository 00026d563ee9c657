import { join } from 'node:path';

/** Real parts, killed, stopped and cut off: one file at a time, on one stack that the run owns. See run.ts. */
export default {
  rootDir: join(import.meta.dirname, '../..'),
  testMatch: ['<rootDir>/test/faults/{quick,long}/*.fault.ts'],
  testEnvironment: '<rootDir>/test/faults/harness/environment.js',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/runner/strip-types.js' },
  globalSetup: '<rootDir>/test/faults/harness/global-setup.ts',
  globalTeardown: '<rootDir>/test/faults/harness/global-teardown.ts',
  modulePathIgnorePatterns: ['<rootDir>/.thunderline/'],
  // The parts live in this process, where a test can reach them: see harness/environment.js.
  maxWorkers: 1,
  verbose: true,
  testTimeout: 300_000,
};

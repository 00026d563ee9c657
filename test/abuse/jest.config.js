import { join } from 'node:path';

/** A real gateway process under attack: one file at a time, on one stack of real parts. See run.ts. */
export default {
  rootDir: join(import.meta.dirname, '../..'),
  testMatch: ['<rootDir>/test/abuse/*.abuse.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/runner/strip-types.js' },
  globalSetup: '<rootDir>/test/runner/global-setup.ts',
  globalTeardown: '<rootDir>/test/runner/global-teardown.ts',
  modulePathIgnorePatterns: ['<rootDir>/.thunderline/'],
  // Latencies and stalls are measured, so nothing else may run meanwhile.
  maxWorkers: 1,
  verbose: true,
  testTimeout: 120_000,
};

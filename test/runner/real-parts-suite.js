import { join } from 'node:path';

/** The configuration of a suite that runs by itself: one file at a time, on one stack of real parts. */
export const REAL_PARTS_SUITE = {
  rootDir: join(import.meta.dirname, '../..'),
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/runner/strip-types.js' },
  globalSetup: '<rootDir>/test/runner/global-setup.ts',
  globalTeardown: '<rootDir>/test/runner/global-teardown.ts',
  modulePathIgnorePatterns: ['<rootDir>/.thunderline/'],
  maxWorkers: 1,
  verbose: true,
  testTimeout: 180_000,
};

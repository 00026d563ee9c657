import { join } from 'node:path';

/** Tests of deploy/kubernetes/ on a real API server. See run.ts. */
export default {
  rootDir: join(import.meta.dirname, '../..'),
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/runner/strip-types.js' },
  modulePathIgnorePatterns: ['<rootDir>/.thunderline/'],
  testMatch: ['<rootDir>/test/kubernetes/*.kubernetes.ts'],
  maxWorkers: 1,
  verbose: true,
  testTimeout: 120_000,
};

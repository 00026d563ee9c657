import { REAL_PARTS_SUITE } from '../runner/real-parts-suite.js';

/**
 * Tests that kill, stop and suspend brokers of a cluster. A test can reach the brokers only in the process that has started
 * them, see harness/environment.js, so there is one worker. See run.ts.
 */
export default {
  ...REAL_PARTS_SUITE,
  testMatch: ['<rootDir>/test/cluster/*.cluster.ts'],
  testEnvironment: '<rootDir>/test/cluster/harness/environment.js',
  globalSetup: '<rootDir>/test/cluster/harness/global-setup.ts',
  globalTeardown: '<rootDir>/test/cluster/harness/global-teardown.ts',
  testTimeout: 400_000,
};

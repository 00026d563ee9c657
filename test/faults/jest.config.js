import { REAL_PARTS_SUITE } from '../runner/real-parts-suite.js';

/**
 * Tests that kill, stop and disconnect real parts. A test can reach the parts only in the process that has started them, see
 * harness/environment.js, so there is one worker. See run.ts.
 */
export default {
  ...REAL_PARTS_SUITE,
  testMatch: ['<rootDir>/test/faults/{quick,long}/*.fault.ts'],
  testEnvironment: '<rootDir>/test/faults/harness/environment.js',
  globalSetup: '<rootDir>/test/faults/harness/global-setup.ts',
  globalTeardown: '<rootDir>/test/faults/harness/global-teardown.ts',
  testTimeout: 300_000,
};

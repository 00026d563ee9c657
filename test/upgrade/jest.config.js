import { REAL_PARTS_SUITE } from '../runner/real-parts-suite.js';

/** Tests that read the data of earlier releases. See run.ts. */
export default {
  ...REAL_PARTS_SUITE,
  testMatch: ['<rootDir>/test/upgrade/*.upgrade.ts'],
  testTimeout: 300_000,
};

import { REAL_PARTS_SUITE } from '../runner/real-parts-suite.js';

/** Tests with brokers of their own. See run.ts. */
export default { ...REAL_PARTS_SUITE, testMatch: ['<rootDir>/test/security/*.security.ts'], testTimeout: 300_000 };

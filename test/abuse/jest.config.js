import { REAL_PARTS_SUITE } from '../runner/real-parts-suite.js';

/** A real gateway process under attack. Latencies and stalls are measured, so nothing else may run meanwhile. See run.ts. */
export default { ...REAL_PARTS_SUITE, testMatch: ['<rootDir>/test/abuse/*.abuse.ts'] };

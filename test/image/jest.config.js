import { REAL_PARTS_SUITE } from '../runner/real-parts-suite.js';

/** Tests of the image, on one stack of real parts. See run.ts. */
export default { ...REAL_PARTS_SUITE, testMatch: ['<rootDir>/test/image/*.image.ts'], testTimeout: 900_000 };

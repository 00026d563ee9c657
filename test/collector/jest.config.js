import { REAL_PARTS_SUITE } from '../runner/real-parts-suite.js';

/** Tests with the collector of OpenTelemetry. See run.ts. */
export default { ...REAL_PARTS_SUITE, testMatch: ['<rootDir>/test/collector/*.collector.ts'], testTimeout: 900_000 };

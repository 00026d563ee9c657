import { REAL_PARTS_SUITE } from '../runner/real-parts-suite.js';

/** Tests with a pooler between the roles and Postgres. See run.ts. */
export default { ...REAL_PARTS_SUITE, testMatch: ['<rootDir>/test/pgbouncer/*.pgbouncer.ts'], testTimeout: 300_000 };

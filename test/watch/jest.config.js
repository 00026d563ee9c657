import faults from '../faults/jest.config.js';

/** One file at a time on real parts that it breaks, with Prometheus and Alertmanager beside them. See run.ts. */
export default { ...faults, testMatch: ['<rootDir>/test/watch/*.watch.ts'] };

import { countJest, report } from './jest.ts';
import { requireTools } from './require-tools.ts';

/** `npm run test:long`: the [long tests](long-tests.js), on a stack of real parts. */
requireTools();
process.env.LONG = 'only';
report(await countJest([]));

import { join } from 'node:path';
import { requirePrerequisites } from '../../dev/machine/prerequisites.ts';
import { printError } from '../../dev/machine/print-error.ts';
import { countJest, report } from '../runner/jest.ts';

/**
 * `npm run test:kubernetes`: gives the manifests of deploy/kubernetes/ to a real API server, with etcd, pod security and the
 * definitions of KEDA. Its programs are built from Go modules: five minutes once, on free processors, and 4 GB of Go's cache.
 *
 * The last line counts the passed and failed tests.
 */
try {
  requirePrerequisites(['go', 'etcd'], process.env);
  const counts = await countJest(['--config', join(import.meta.dirname, 'jest.config.js'), ...process.argv.slice(2)]);
  console.log('skipped: the resources of Strimzi, because no package contains their definitions');
  console.log('skipped: controllers, scheduler, kubelet, and the operators of KEDA and Strimzi: nothing is run');
  report(counts);
} catch (error) {
  printError(error);
  process.exitCode = 1;
}

import { join } from 'node:path';
import { requirePrerequisites } from '../../dev/machine/prerequisites.ts';
import { printError } from '../../dev/machine/print-error.ts';
import { countJest, report } from '../runner/jest.ts';

/**
 * `npm run test:kubernetes`: gives the manifests of deploy/kubernetes/ to a real API server, with etcd, pod security and the
 * definitions of KEDA, and the resources of Strimzi to the classes of its operators, for which it needs a JDK. Its programs are built from Go modules: five minutes once, on free processors, and 4 GB of Go's cache.
 *
 * The last line counts the passed and failed tests.
 */
try {
  requirePrerequisites(['go', 'etcd', 'java', 'maven'], process.env);
  const counts = await countJest(['--config', join(import.meta.dirname, 'jest.config.js'), ...process.argv.slice(2)]);
  console.log('skipped: the definitions of Strimzi at the API server, because no package contains them');
  console.log('skipped: controllers, scheduler, kubelet, and the operators of KEDA and Strimzi: nothing is run');
  report(counts);
} catch (error) {
  printError(error);
  process.exitCode = 1;
}

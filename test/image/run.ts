import { join } from 'node:path';
import { requirePrerequisites } from '../../dev/machine/prerequisites.ts';
import { printError } from '../../dev/machine/print-error.ts';
import { claimHome } from '../../dev/stack/home.ts';
import { countJest, report } from '../runner/jest.ts';
import { requireTools } from '../runner/require-tools.ts';
import { IMAGE_HOME, podman } from './containers.ts';

/**
 * `npm run test:image`: checks the Dockerfile with hadolint, builds its images with buildah, and starts every role from them
 * with podman, on the real parts. They are built on a stand-in for the published base image, which is made of the packages of
 * Debian and of the Node of this project; `-- published` builds on the published one.
 *
 * The last line counts the passed and failed tests.
 */
requireTools();
try {
  requirePrerequisites(['containers'], process.env);
  const release = claimHome(IMAGE_HOME);
  try {
    // Containers of a run that was killed.
    await podman('rm', '--all', '--force');
    const [first, ...rest] = process.argv.slice(2);
    const isPublished = first === 'published';
    if (isPublished) process.env.IMAGE_BASE = 'published';
    const counts = await countJest([
      '--config',
      join(import.meta.dirname, 'jest.config.js'),
      ...(isPublished || first === undefined ? rest : [first, ...rest]),
    ]);
    if (!isPublished) {
      console.log(
        'skipped: the published base image; "npm run test:image -- published" builds on it, where it is reachable',
      );
    }
    report(counts);
  } finally {
    await podman('rm', '--all', '--force');
    release();
  }
} catch (error) {
  printError(error);
  process.exitCode = 1;
}

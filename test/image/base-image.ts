import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { build, IMAGE_HOME, podman } from './containers.ts';

const execute = promisify(execFile);
const DOCKERFILE = join(import.meta.dirname, 'base/Dockerfile');
const SUITE = 'bookworm';

/** The authorities that Node trusts here: its own, and those of `NODE_EXTRA_CA_CERTS`. */
const authorities = (): string => [...getCACertificates('bundled'), ...getCACertificates('extra')].join('\n');

/** The folder of the npm that runs with the Node of the machine. */
function npmFolder(): string {
  const found = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  return join(dirname(realpathSync(found)), '..');
}

/**
 * Builds the stand-in for the published base image, unless it was built before, and returns its name. Debian comes from its
 * packages by debootstrap, and Node is the program that runs this test.
 */
export async function baseImage(): Promise<string> {
  const inputs = [readFileSync(DOCKERFILE, 'utf8'), process.version, authorities()];
  const hash = createHash('sha256').update(inputs.join('\n')).digest('hex').slice(0, 12);
  const name = `localhost/thunderline-base:${hash}`;
  const exists = await podman('image', 'exists', name).then(
    () => true,
    () => false,
  );
  if (exists) return name;
  const context = join(IMAGE_HOME, 'base');
  rmSync(context, { recursive: true, force: true });
  mkdirSync(context, { recursive: true });
  cpSync(DOCKERFILE, join(context, 'Dockerfile'));
  cpSync(process.execPath, join(context, 'node'));
  cpSync(npmFolder(), join(context, 'npm'), { recursive: true });
  writeFileSync(join(context, 'authorities.pem'), authorities());
  cpSync(await debian(), join(context, 'debian.tar'));
  await build(context, name);
  rmSync(context, { recursive: true });
  return name;
}

/** The path of an archive with the smallest Debian. */
async function debian(): Promise<string> {
  const archive = join(IMAGE_HOME, `debian-${SUITE}.tar`);
  if (existsSync(archive)) return archive;
  const folder = join(IMAGE_HOME, 'debian.partial');
  rmSync(folder, { recursive: true, force: true });
  await execute('debootstrap', ['--variant=minbase', SUITE, folder]);
  const without = ['./dev', './proc', './sys', './var/lib/apt/lists/*', './var/cache/apt/archives/*.deb'];
  const partial = `${archive}.partial`;
  await execute('tar', ['-C', folder, ...without.map((path) => `--exclude=${path}`), '-cf', partial, '.']);
  rmSync(folder, { recursive: true });
  cpSync(partial, archive);
  rmSync(partial);
  return archive;
}

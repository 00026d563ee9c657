import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HOME } from '../../dev/stack/folders.ts';

const execute = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1_048_576;

/** Images, containers and logs of this suite, apart from those of the machine. */
export const IMAGE_HOME = join(HOME, 'image');

const write = (name: string, text: string): string => {
  const path = join(IMAGE_HOME, name);
  mkdirSync(IMAGE_HOME, { recursive: true });
  writeFileSync(path, text);
  return path;
};

/** Any image is accepted: those here are built here. */
const POLICY = '{ "default": [{ "type": "insecureAcceptAnything" }] }\n';

function storage(): NodeJS.ProcessEnv {
  const settings = `[storage]\ndriver = "overlay"\ngraphroot = "${IMAGE_HOME}/images"\nrunroot = "${IMAGE_HOME}/run"\n`;
  return {
    ...process.env,
    CONTAINERS_STORAGE_CONF: write('storage.conf', settings),
    // No image is searched in a registry that its name does not contain.
    CONTAINERS_REGISTRIES_CONF: write('registries.conf', 'unqualified-search-registries = []\n'),
  };
}

/** podman without systemd: cgroups by itself, events in a file. Not crun, which requires one of the two kinds of cgroups alone. */
const PODMAN = ['--cgroup-manager=cgroupfs', '--events-backend=file', '--runtime=runc'];

/** Runs buildah and returns its standard output. */
export async function buildah(...args: readonly string[]): Promise<string> {
  const { stdout } = await execute('buildah', args, { env: storage(), maxBuffer: MAX_OUTPUT_BYTES });
  return stdout.trim();
}

/** Runs podman and returns its standard output. Rejects unless it exits with 0. */
export async function podman(...args: readonly string[]): Promise<string> {
  const { stdout } = await execute('podman', [...PODMAN, ...args], { env: storage(), maxBuffer: MAX_OUTPUT_BYTES });
  return stdout.trim();
}

/** Starts podman; its output goes to the file descriptor. */
export const startPodman = (args: readonly string[], output: number): ChildProcess =>
  spawn('podman', [...PODMAN, ...args], { env: storage(), stdio: ['ignore', output, output] });

/** Builds an image from a Dockerfile and returns its id. `--format docker`, because the format of OCI has no health check. */
export async function build(context: string, tag: string, options: readonly string[] = []): Promise<string> {
  const policy = write('policy.json', POLICY);
  const common = ['--signature-policy', policy, '--isolation', 'chroot', '--format', 'docker', '--layers', '--quiet'];
  return buildah('bud', ...common, '--tag', tag, ...options, context);
}

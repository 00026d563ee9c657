import { spawnSync } from 'node:child_process';

/** A program of the machine that no package registry brings. */
export type Tool =
  | 'java'
  | 'maven'
  | 'python'
  | 'go'
  | 'wrk'
  | 'chromium'
  | 'prometheus'
  | 'alertmanager'
  | 'containers'
  | 'etcd';

const CONTAINERS =
  'install it, or run the parts in containers instead: docker compose up --wait (see docker-compose.yml)';

/** Tools that this machine lacks: one sentence for each, which says what to do. */
export class MissingPrerequisite extends Error {
  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'));
    this.name = 'MissingPrerequisite';
  }
}

type Environment = NodeJS.ProcessEnv;

function output(file: string, args: readonly string[], environment: Environment): string | undefined {
  const result = spawnSync(file, args, { env: environment, encoding: 'utf8', timeout: 30_000 });
  return result.error === undefined && result.status === 0 ? `${result.stdout}${result.stderr}` : undefined;
}

function checkJava(environment: Environment): string | undefined {
  const needed = 'Kafka, the schema registry and S3 need Java 17 or newer';
  const version = /version "(\d+)/.exec(output('java', ['-version'], environment) ?? '')?.[1];
  if (version === undefined) return `${needed}, and no \`java\` was found: ${CONTAINERS}.`;
  return Number(version) < 17 ? `${needed}, and \`java\` is version ${version}: ${CONTAINERS}.` : undefined;
}

function checkMaven(environment: Environment): string | undefined {
  if (output('mvn', ['--version'], environment) !== undefined) return undefined;
  return `Kafka, the schema registry and S3 are fetched with Maven, and no \`mvn\` was found: ${CONTAINERS}.`;
}

const PYTHON_VERSION = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';

/** The first Python on the path that is new enough and can create virtual environments, or the sentence of its lack. */
function lookForPython(environment: Environment): { readonly name: string } | { readonly missing: string } {
  const seen: string[] = [];
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const version = output(name, ['-c', PYTHON_VERSION], environment)?.trim();
    if (version === undefined) continue;
    if (Number(version.split('.')[1]) >= 10) return { name };
    seen.push(`\`${name}\` is version ${version}`);
  }
  const needed = 'MLflow, the demo and the Python tests need Python 3.10 or newer with its venv module';
  return { missing: `${needed}, and ${seen[0] ?? 'none was found'}: ${CONTAINERS}.` };
}

/** The name of the program to run. Throws `MissingPrerequisite`. */
export function findPython(environment: Environment): string {
  const found = lookForPython(environment);
  if ('missing' in found) throw new MissingPrerequisite([found.missing]);
  return found.name;
}

function checkPython(environment: Environment): string | undefined {
  const found = lookForPython(environment);
  return 'missing' in found ? found.missing : undefined;
}

function checkGo(environment: Environment): string | undefined {
  const needed = 'These benchmarks build Bento, the program they compare with, and that needs Go 1.24 or newer';
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(output('go', ['version'], environment) ?? '') ?? [];
  const install = 'install it from https://go.dev/dl';
  if (major === undefined) return `${needed}, and no \`go\` was found: ${install}.`;
  const isOld = Number(major) === 1 && Number(minor) < 24;
  return isOld ? `${needed}, and \`go\` is version ${major}.${minor}: ${install}.` : undefined;
}

function checkWrk(environment: Environment): string | undefined {
  const { error } = spawnSync('wrk', ['--version'], { env: environment, timeout: 30_000 });
  if (error === undefined) return undefined;
  return 'This benchmark needs the load generator wrk, and none was found: apt-get install wrk, or brew install wrk.';
}

/** The names that systems give Chromium, and the address of another one. */
const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The Chromium of the machine: a name on the path, or CHROMIUM_PATH. Undefined if there is none. */
export const findChromium = (environment: Environment): string | undefined =>
  (environment.CHROMIUM_PATH === undefined ? CHROMIUM_NAMES : [environment.CHROMIUM_PATH]).find(
    (name) => output(name, ['--version'], environment) !== undefined,
  );

function checkChromium(environment: Environment): string | undefined {
  if (findChromium(environment) !== undefined) return undefined;
  const install = 'apt-get install chromium, or set CHROMIUM_PATH to the program';
  return `The tests of the pages need Chromium or Chrome, and none was found: ${install}.`;
}

const isThere = (file: string, environment: Environment): boolean =>
  output(file, ['--version'], environment) !== undefined;

function checkPrometheus(environment: Environment): string | undefined {
  if (isThere('prometheus', environment) && isThere('promtool', environment)) return undefined;
  return 'The metrics are watched by Prometheus, and it was not found: apt-get install prometheus.';
}

function checkAlertmanager(environment: Environment): string | undefined {
  if (isThere('prometheus-alertmanager', environment)) return undefined;
  return 'This test needs Alertmanager, and it was not found: apt-get install prometheus-alertmanager.';
}

/** Programs that build and run containers without a service, and make a small Debian. */
const CONTAINER_TOOLS = ['buildah', 'podman', 'runc', 'debootstrap'];

function checkContainers(environment: Environment): string | undefined {
  if (process.getuid?.() !== 0) return 'The images are built and started by root: run this command as root.';
  const missing = CONTAINER_TOOLS.filter((name) => !isThere(name, environment));
  if (missing.length === 0) return undefined;
  const packages = 'buildah podman runc conmon debootstrap golang-github-containers-common';
  return `Images are built and started with buildah and podman, and ${missing.join(', ')} was not found: apt-get install ${packages}.`;
}

function checkEtcd(environment: Environment): string | undefined {
  if (isThere('etcd', environment)) return undefined;
  return 'The API server of Kubernetes stores its resources in etcd, and it was not found: apt-get install etcd-server.';
}

const CHECKS: Readonly<Record<Tool, (environment: Environment) => string | undefined>> = {
  java: checkJava,
  maven: checkMaven,
  python: checkPython,
  go: checkGo,
  wrk: checkWrk,
  chromium: checkChromium,
  prometheus: checkPrometheus,
  alertmanager: checkAlertmanager,
  containers: checkContainers,
  etcd: checkEtcd,
};

/** Throws `MissingPrerequisite`, which names every one of the tools that this machine lacks. */
export function requirePrerequisites(needed: Iterable<Tool>, environment: Environment): void {
  const missing = [...new Set(needed)].map((tool) => CHECKS[tool](environment)).filter((text) => text !== undefined);
  if (missing.length > 0) throw new MissingPrerequisite(missing);
}

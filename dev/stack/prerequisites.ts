import { spawnSync } from 'node:child_process';
import type { Prerequisite } from '../parts/part.ts';

const INSTEAD = 'install it, or run the parts in containers instead: docker compose up --wait (see docker-compose.yml)';

/** A tool that this machine lacks, in one sentence that says what to do. */
export class MissingPrerequisite extends Error {
  constructor(needed: string, found: string) {
    super(`${needed}, and ${found}: ${INSTEAD}.`);
    this.name = 'MissingPrerequisite';
  }
}

function output(file: string, args: readonly string[], environment: NodeJS.ProcessEnv): string | undefined {
  const result = spawnSync(file, args, { env: environment, encoding: 'utf8', timeout: 30_000 });
  return result.status === 0 ? `${result.stdout}${result.stderr}` : undefined;
}

function requireJava(environment: NodeJS.ProcessEnv): void {
  const needed = 'Kafka, the schema registry and S3 need Java 17 or newer';
  const version = /version "(\d+)/.exec(output('java', ['-version'], environment) ?? '')?.[1];
  if (version === undefined) throw new MissingPrerequisite(needed, 'no `java` was found');
  if (Number(version) < 17) throw new MissingPrerequisite(needed, `\`java\` is version ${version}`);
}

function requireMaven(environment: NodeJS.ProcessEnv): void {
  if (output('mvn', ['--version'], environment) === undefined) {
    throw new MissingPrerequisite('Kafka, the schema registry and S3 are fetched with Maven', 'no `mvn` was found');
  }
}

const PYTHON_VERSION = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';

/** The first Python on the path that is new enough and can make virtual environments. */
export function findPython(environment: NodeJS.ProcessEnv): string {
  const seen: string[] = [];
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const version = output(name, ['-c', PYTHON_VERSION], environment)?.trim();
    if (version === undefined) continue;
    if (Number(version.split('.')[1]) >= 10) return name;
    seen.push(`\`${name}\` is version ${version}`);
  }
  throw new MissingPrerequisite(
    'MLflow and the demo need Python 3.10 or newer with its venv module',
    seen[0] ?? 'none was found',
  );
}

const CHECKS: Record<Prerequisite, (environment: NodeJS.ProcessEnv) => void> = {
  java: requireJava,
  maven: requireMaven,
  python: findPython,
};

/** Throws `MissingPrerequisite` for the first one that this machine lacks. */
export function requirePrerequisites(needed: Iterable<Prerequisite>, environment: NodeJS.ProcessEnv): void {
  for (const name of new Set(needed)) CHECKS[name](environment);
}

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyPins } from './jar-pins.ts';
import type { Installer } from './part.ts';
import { pinned } from './pinned.ts';

const ROOT = join(import.meta.dirname, '../..');

/** `--strict-checksums`: a jar that differs from the checksum its repository publishes is an error, not a warning. */
const ALWAYS = ['--batch-mode', '--quiet', '--strict-checksums'];

/** All runs write to one local repository, which this generation of Maven does not lock: one run at a time. */
const MUTEX_KEY = 'maven';

/** The parts that Maven fetches, by the names of their `NAME.pom.xml` and `NAME.sha256` beside this file. */
export type MavenPart = 'kafka' | 's3';

/** The text of everything that is pinned for a part; a change of any of it is another folder. */
export const mavenPins = (name: MavenPart): string[] => [pinned(`${name}.pom.xml`), pinned(`${name}.sha256`)];

/** The jars of a program: a pom that names them, and the list of their pinned hashes, as paths from the root. */
export interface JarList {
  readonly pom: string;
  readonly hashes: string;
}

export const jarsOf = (name: MavenPart): JarList => ({
  pom: `dev/parts/${name}.pom.xml`,
  hashes: `dev/parts/${name}.sha256`,
});

/** The classes by which the operators of Strimzi read their resources, for the manifests of deploy/. */
export const STRIMZI_JARS: JarList = {
  pom: 'test/kubernetes/strimzi/pom.xml',
  hashes: 'test/kubernetes/strimzi/jars.sha256',
};

/** Fetches the run-time dependencies of the part's pom into `directory` and compares each file with its pinned hash. */
export const installDependencies = (installer: Installer, name: MavenPart, directory: string): Promise<void> =>
  installJars(installer, jarsOf(name), directory);

/** Fetches the jars into `directory` and compares each with its pinned hash. */
export async function installJars(installer: Installer, jars: JarList, directory: string): Promise<void> {
  await fetchDependencies(installer, jars.pom, directory);
  verifyPins(directory, readFileSync(join(ROOT, jars.hashes), 'utf8'), jars.hashes);
}

/** Fetches the run-time dependencies of a pom into `directory`, whatever their content. */
export function fetchDependencies(installer: Installer, pom: string, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  return installer.run(`Fetching the jars of ${pom}`, {
    file: 'mvn',
    args: [
      ...ALWAYS,
      '--file',
      join(ROOT, pom),
      'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${directory}`,
    ],
    environment: installer.environment,
    cwd: directory,
    mutexKey: MUTEX_KEY,
  });
}

/**
 * Fetches one artifact (`group:artifact:version:type:classifier`) without reading its pom. Version 2.10 of the plugin on
 * purpose: later ones read the pom first, and refuse an artifact whose parent was never published.
 */
export function copyArtifact(installer: Installer, artifact: string, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  return installer.run(`Fetching ${artifact}`, {
    file: 'mvn',
    args: [
      ...ALWAYS,
      'org.apache.maven.plugins:maven-dependency-plugin:2.10:copy',
      `-Dartifact=${artifact}`,
      `-DoutputDirectory=${directory}`,
    ],
    environment: installer.environment,
    cwd: directory,
    mutexKey: MUTEX_KEY,
  });
}

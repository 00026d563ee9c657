import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Installer } from './part.ts';

/** `--strict-checksums`: a jar that differs from the checksum its repository publishes is an error, not a warning. */
const ALWAYS = ['--batch-mode', '--quiet', '--strict-checksums'];

/** All runs write one local repository, which this generation of Maven does not lock: one at a time. */
const MUTEX_KEY = 'maven';

/** Fetches the run-time dependencies of a pom beside this file into `directory`. */
export function copyDependencies(installer: Installer, pom: string, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  return installer.run(`Fetching the jars of dev/${pom}`, {
    file: 'mvn',
    args: [
      ...ALWAYS,
      '--file',
      join(import.meta.dirname, pom),
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
 * Fetches one artifact (`group:artifact:version:type:classifier`) without looking at its pom. Plugin 2.10 on purpose:
 * later ones read the pom first, and refuse an artifact whose parent was never published.
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

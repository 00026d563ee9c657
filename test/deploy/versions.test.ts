import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { version } from '../../src/version.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const { version: expected } = JSON.parse(read('package.json')) as { version: string };

/** Every version that a pattern finds in a file; the pattern has one group. */
const versionsIn = (path: string, pattern: RegExp): string[] =>
  [...read(path).matchAll(pattern)].map(([, found]) => found ?? '');

// The suite of the image reads it from /metrics of every role.
test('the metric build_info has the version of package.json', () => {
  expect(version()).toBe(expected);
});

test('package-lock.json has the version of package.json', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    version: string;
    packages: Record<string, { version: string }>;
  };
  expect([lock.version, lock.packages['']?.version]).toEqual([expected, expected]);
});

test('CHANGELOG.md begins with the version of package.json', () => {
  expect(versionsIn('CHANGELOG.md', /^## (\S+)$/gm)[0]).toBe(expected);
});

test.each([
  ['Dockerfile', /image\.version="([^"]+)"/g, 1],
  ['Dockerfile', /^# .* thunderline(?:-bridge)?:(\S+)/gm, 3],
  ['docker-compose.yml', /image: thunderline(?:-bridge)?:(\S+)/g, 3],
  ['workers/pyproject.toml', /^version = "([^"]+)"/gm, 1],
  ['deploy/kubernetes/example/images/kustomization.yaml', /newTag: (\S+)/g, 2],
  ...['roles', 'migration', 'console'].map(
    (name) =>
      [`deploy/kubernetes/${name}/kustomization.yaml`, /(?:newTag|app\.kubernetes\.io\/version): (\S+)/g, 2] as const,
  ),
] as const)('%s has the version of package.json: %s', (path, pattern, least) => {
  const found = versionsIn(path, pattern);
  expect(found.length).toBeGreaterThanOrEqual(least);
  expect(new Set(found)).toEqual(new Set([expected]));
});

test('the name of the migration job has the version, so that each version has a job of its own', () => {
  const name = `migrate-${expected.replaceAll('.', '-')}`;
  expect(read('deploy/kubernetes/migration/job.yaml')).toContain(`name: ${name}\n`);
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import { DEPLOYMENTS } from '../../deploy/kubernetes/deployments.ts';
import { loadConfig, OPTIONS } from '../../src/config.ts';
import type { OptionGroup } from '../../src/option.ts';
import { ROLE_NAMES, roleNamed } from '../../src/pipeline.ts';
import { groupId, TOPICS } from '../../src/topics.ts';

/** deploy/kubernetes/ beside the code it deploys. `npm run test:kubernetes` gives it to an API server. */
const FOLDER = join(import.meta.dirname, '../../deploy/kubernetes');
const read = (path: string): string => readFileSync(join(FOLDER, path), 'utf8');
const VARIABLES = Object.values<OptionGroup>(OPTIONS).flatMap((group) =>
  Object.values(group).map((one) => one.variable),
);

const settingsOf = (path: string): Record<string, string> =>
  Object.fromEntries(
    read(path)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

describe.each(Object.entries(DEPLOYMENTS))('the Deployment %s', (name, roles) => {
  const text = read(`roles/${name}.yaml`);

  test('runs its roles, and does not migrate', () => {
    expect(text).toContain(`args: [serve, --roles, '${roles.join(',')}', --no-migrate]`);
  });

  test('has a disruption budget, and a user of Kafka with the rights of its roles', () => {
    expect(text).toMatch(new RegExp(`kind: PodDisruptionBudget\nmetadata:\n  name: ${name}\n`));
    expect(text).toContain(`KAFKA_SASL_USERNAME, value: thunderline-${name} }`);
    expect(read('strimzi/users.yaml')).toContain(`  name: thunderline-${name}\n`);
  });

  test('is part of the kustomization', () => {
    expect(read('roles/kustomization.yaml')).toContain(`  - ${name}.yaml\n`);
  });
});

test('every role is in one Deployment', () => {
  expect(Object.values(DEPLOYMENTS).flat().sort()).toEqual([...ROLE_NAMES].sort());
  const withImages = readdirSync(join(FOLDER, 'roles')).filter((name) => /^ {10}image: /m.test(read(`roles/${name}`)));
  expect(withImages.map((name) => name.replace('.yaml', '')).sort()).toEqual(Object.keys(DEPLOYMENTS).sort());
});

describe('the autoscaling of consumers', () => {
  const objects = read('roles/autoscaling.yaml')
    .split(/^---$/m)
    .filter((part) => part.includes('kind: ScaledObject'))
    .map((part) => ({
      name: /\n {2}name: (\S+)/.exec(part)?.[1] ?? '',
      least: Number(/minReplicaCount: (\d+)/.exec(part)?.[1]),
      most: Number(/maxReplicaCount: (\d+)/.exec(part)?.[1]),
      topics: [...part.matchAll(/^ {8}topic: (\S+)/gm)].map(([, topic]) => topic as keyof typeof TOPICS),
      groups: [...part.matchAll(/consumerGroup: (\S+)/g)].map(([, group]) => group),
    }));

  test('exists for the roles whose work is their lag', () => {
    expect(objects.map(({ name }) => name)).toEqual(['router', 'postgres', 'archive', 'mlflow']);
  });

  test.each(objects)('of $name never reaches 0, and has no more consumers than partitions', (object) => {
    expect(object.least).toBeGreaterThanOrEqual(1);
    expect(object.most).toBeGreaterThanOrEqual(object.least);
    for (const topic of object.topics) expect(object.most).toBeLessThanOrEqual(TOPICS[topic].partitions);
  });

  test.each(objects)('of $name follows every group that the role has', ({ name, topics, groups }) => {
    const { reads } = roleNamed(name as 'router');
    expect(topics).toEqual([...reads]);
    expect(groups).toEqual(reads.map((topic) => groupId('', name, topic)));
  });
});

test('the settings can be read, with the secrets and the user of a role', () => {
  const settings = { ...settingsOf('roles/settings.env'), ...settingsOf('secrets.example.env') };
  expect(Object.keys(settings).filter((name) => !VARIABLES.includes(name))).toEqual([]);
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-authorities-'));
  for (const name of ['kafka.crt', 'postgres.crt']) writeFileSync(join(folder, name), rootCertificates[0] ?? '');
  const here = Object.entries(settings).map(([name, value]) => [
    name,
    value.replaceAll('/etc/thunderline/authorities', folder),
  ]);
  const user = { KAFKA_SASL_USERNAME: 'user', KAFKA_SASL_PASSWORD: 'password' };
  const config = loadConfig({ ...Object.fromEntries(here), ...user });
  rmSync(folder, { recursive: true });
  expect(config.http).toMatchObject({ host: '0.0.0.0', port: 4_000, healthPort: 4_001, metricsPort: 9_464 });
  // The grace of a pod has to be longer than the stop of its process.
  const [, seconds] = /terminationGracePeriodSeconds: (\d+)/.exec(read('roles/role.patch.yaml')) ?? [];
  expect(Number(seconds) * 1_000).toBeGreaterThan(config.process.shutdownMs);
});

test('the console has the settings of the roles', () => {
  expect(settingsOf('roles/settings.env')).toMatchObject(settingsOf('console/settings.env'));
});

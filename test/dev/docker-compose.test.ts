import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PARTS } from '../../dev/parts/parts.ts';
import { OPTIONS } from '../../src/config.ts';
import type { OptionGroup } from '../../src/option.ts';
import { ROLE_NAMES } from '../../src/pipeline.ts';

const compose = readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8');
const secrets = { postgresPassword: 'thunderline', s3AccessKey: 'thunderline', s3SecretKey: 'thunderline' };
const known = { S3_BUCKET: 'thunderline' };

test.each(Object.values(PARTS))('$title has the same version in a container, and the same variables', (part) => {
  const version = /[\d.]+$/.exec(part.title)?.[0];
  expect(compose).toMatch(new RegExp(`image: .*:${version}\n`));
  for (const [name, value] of Object.entries(part.variables(part.ports, secrets, known))) {
    expect(compose).toContain(`export ${name}=${value}\n`);
  }
});

test('no container listens beyond loopback', () => {
  const ports = [...compose.matchAll(/ports: \[(.*)\]/g)].map(([, port]) => port);
  expect(ports.length).toBeGreaterThan(Object.keys(PARTS).length);
  for (const port of ports) expect(port).toMatch(/^"127\.0\.0\.1:\d+:\d+"$/);
  const hosts = ports.map((port) => port?.split(':')[1]);
  expect(new Set(hosts).size).toBe(hosts.length);
});

test('without a profile, the parts start and nothing else', () => {
  const services = compose.slice(compose.indexOf('\nservices:\n'), compose.indexOf('\nconfigs:\n'));
  const blocks = services.split(/^ {2}(?=\w+:$)/m).slice(1);
  const withoutProfile = blocks.filter((block) => !/^ {4}(?:profiles: \[|<<: \*role)/m.test(block));
  expect(withoutProfile.map((block) => /^\w+/.exec(block)?.[0]).sort()).toEqual(Object.keys(PARTS).sort());
});

test('the services with roles run each role once', () => {
  const named = [...compose.matchAll(/"--roles", "([\w,]+)"/g)].flatMap(([, roles = '']) => roles.split(','));
  expect(named.sort()).toEqual([...ROLE_NAMES].sort());
});

test('every setting of the services with roles exists', () => {
  const [, block = ''] = /^x-settings: &settings\n((?: {2}.*\n)+)/m.exec(compose) ?? [];
  const variables = [...block.matchAll(/^ {2}([A-Z]\w+):/gm)].map(([, name]) => name);
  const known = Object.values<OptionGroup>(OPTIONS).flatMap((group) => Object.values(group).map((one) => one.variable));
  expect(variables.length).toBeGreaterThan(10);
  expect(known).toEqual(expect.arrayContaining(variables));
});

test('the command in README.md exports every variable of every part', () => {
  const root = join(import.meta.dirname, '../..');
  const [command = ''] = /^eval "\$\(sed .*$/m.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
  const env = { PATH: process.env.PATH };
  const printed = execFileSync('sh', ['-c', `${command}\nenv`], { cwd: root, env, encoding: 'utf8' }).split('\n');
  const wanted = Object.values(PARTS).flatMap((part) => Object.entries(part.variables(part.ports, secrets, known)));
  expect(wanted.length).toBeGreaterThan(Object.keys(PARTS).length);
  expect(printed).toEqual(expect.arrayContaining(wanted.map(([name, value]) => `${name}=${value}`)));
});

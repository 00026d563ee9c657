import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PARTS } from '../../dev/parts/parts.ts';

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
  expect(ports).toHaveLength(Object.keys(PARTS).length);
  for (const port of ports) expect(port).toMatch(/^"127\.0\.0\.1:\d+:\d+"$/);
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

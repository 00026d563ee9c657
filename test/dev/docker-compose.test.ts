import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PARTS } from '../../dev/parts/parts.ts';

const compose = readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8');
const secrets = { postgresPassword: 'thunderline', s3AccessKey: 'thunderline', s3SecretKey: 'thunderline' };

test.each(Object.values(PARTS))('$title has the same version in a container, and the same variables', (part) => {
  const version = /[\d.]+$/.exec(part.title)?.[0];
  expect(compose).toMatch(new RegExp(`image: .*:${version}\n`));
  for (const [name, value] of Object.entries(part.variables(part.ports, secrets))) {
    expect(compose).toContain(`export ${name}=${value}\n`);
  }
});

test('no container listens beyond loopback', () => {
  const ports = [...compose.matchAll(/ports: \[(.*)\]/g)].map(([, port]) => port);
  expect(ports).toHaveLength(Object.keys(PARTS).length);
  for (const port of ports) expect(port).toMatch(/^"127\.0\.0\.1:\d+:\d+"$/);
});

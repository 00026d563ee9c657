import { afterAll, expect, test } from '@jest/globals';
import { query } from '../support/query.ts';
import { runThunderline, startThunderline } from '../support/thunderline.ts';
import { until } from '../support/until.ts';
import { createWorld } from '../support/world.ts';

const WAIT_MS = 120_000;
const world = await createWorld();
afterAll(() => world.close());

test('a role with --no-migrate waits until the tables were migrated, and starts then', async () => {
  const environment = { ...world.environment, LOG_LEVEL: 'info' };
  const { child, ended } = startThunderline(environment, ['serve', '--roles', 'postgres', '--no-migrate']);
  let log = '';
  child.stdout?.on('data', (chunk: string) => {
    log += chunk;
  });
  try {
    await until('the role reports the missing steps', WAIT_MS, () =>
      /the tables lack 0001-.*run \\"npx thunderline migrate\\"/.test(log),
    );
    const { rows } = await query(world.databaseUrl, "select from pg_tables where schemaname = 'public'");
    expect(rows).toEqual([]);
    expect(await runThunderline(world.environment, 'migrate')).toContain('applied');
    await until('the role is ready', WAIT_MS, () => log.includes('thunderline is ready'));
  } finally {
    if (child.exitCode === null) child.kill('SIGTERM');
  }
  expect((await ended).code).toBe(0);
}, 300_000);

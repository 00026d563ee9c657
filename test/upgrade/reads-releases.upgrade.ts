import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { emptyTables, rememberTables, tableFaults } from '../faults/harness/tables.ts';
import { until } from '../support/until.ts';
import { readFixture } from './harness/fixture.ts';
import { post } from './harness/post.ts';
import { createReleaseWorld, type ReleaseWorld } from './harness/release-world.ts';
import { restoreArchive, restoreDatabase, restoreSchemas, restoreTopics } from './harness/restore.ts';
import { type ShiftedRegistry, startShiftedRegistry } from './harness/shifted-registry.ts';

const WAIT_MS = 180_000;
const RELEASES = readdirSync(join(import.meta.dirname, 'fixtures')).map((name) => name.replace('.json.gz', ''));
const REGISTRY = process.env.SCHEMA_REGISTRY_URL ?? '';

describe.each(RELEASES)('the data of release %s', (release) => {
  const fixture = readFixture(release);
  let registry: ShiftedRegistry;
  let world: ReleaseWorld;

  beforeEach(async () => {
    const ids = await restoreSchemas(REGISTRY, fixture);
    registry = await startShiftedRegistry(REGISTRY, { toReal: (id) => ids.get(id) ?? id, toShown: (id) => id });
    world = await createReleaseWorld(registry.url);
  });
  afterEach(async () => {
    await world?.close();
    await registry?.close();
  });

  test('is migrated without a change of its rows, and the roles go on with it', async () => {
    await restoreDatabase(world.databaseUrl, fixture);
    await restoreTopics(world, fixture);
    const before = await rememberTables(world);
    expect(before.cerebros_model_trials).toBeGreaterThan(30);
    expect(before.trial_metric_points).toBeGreaterThan(300);
    await world.run('migrate');
    expect(await tableFaults(world)).toEqual([]);

    const system = await (await world.start(['gateway', 'router', 'postgres', 'archive', 'queries'])).ready(WAIT_MS);
    await until(
      'the records of the release are processed again',
      WAIT_MS,
      async () => (await system.metric('thunderline_stage_records_total')) >= fixture.records.length,
    );
    expect(await tableFaults(world)).toEqual([]);
    const trial = { model_run_id: 'baseline', trial_id: 'trial-3', spectral_norm: false };
    await post(system.url, [
      { ...trial, event: 'ml.trial.complete', event_id: randomUUID(), metrics: { val_accuracy: 0.9 } },
    ]);
    await until('the open trial is completed', WAIT_MS, async () => {
      const response = await fetch(`${system.url}/api/runs/baseline/trials/trial-3`);
      return (await response.text()).includes('"status":"completed"');
    });
    expect(await system.stop()).toBe('exit code 0');
  });

  test.each(['archive', 'topics'] as const)('rebuilds its tables from its %s when Postgres is lost', async (source) => {
    await restoreDatabase(world.databaseUrl, fixture);
    await world.run('migrate');
    await rememberTables(world);
    // The database that is lost: its tables are made again by this version, and filled by a replay.
    await world.query('drop schema public cascade');
    await world.query('create schema public');
    await world.run('migrate');
    if (source === 'archive') await restoreArchive(world, fixture);
    else await restoreTopics(world, fixture);
    const place = `s3://${world.environment.S3_BUCKET}/${world.environment.ARCHIVE_PREFIX}`;
    const from = source === 'archive' ? ['--archive', place] : [];
    await world.run('replay', '--sink', 'postgres', ...from);
    expect(await tableFaults(world)).toEqual([]);
    await world.run('replay', '--verify', ...from);
    await emptyTables(world);
    expect(await tableFaults(world)).not.toEqual([]);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SILENT } from '../../../dev/machine/progress.ts';
import { PARTS_FOLDER } from '../../../dev/stack/folders.ts';
import { type Stack, startStack } from '../../../dev/stack/stack.ts';
import { requestWithHost } from '../../support/request-with-host.ts';
import { mlflowReady } from '../../support/world.ts';

const home = mkdtempSync(join(tmpdir(), 'registry-'));
let stack: Stack;
let subjects: string;

beforeAll(async () => {
  stack = await startStack({
    home,
    parts: PARTS_FOLDER,
    environment: { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: process.env.DATABASE_URL },
    progress: SILENT,
    only: ['registry'],
    portOffset: 21_000,
  });
  subjects = `${stack.environment.SCHEMA_REGISTRY_URL}/subjects`;
});
afterAll(async () => {
  await stack.stop();
  rmSync(home, { recursive: true });
});

test('the embedded registry answers requests for this machine', async () => {
  await expect(requestWithHost(subjects, 'localhost:8081')).resolves.toMatchObject({ status: 200 });
});

test('the embedded registry refuses requests for another host', async () => {
  await expect(requestWithHost(subjects, 'evil.example')).resolves.toMatchObject({ status: 421 });
  const probe = `${stack.environment.SCHEMA_REGISTRY_URL}/subjects/probe/versions`;
  await expect(requestWithHost(probe, 'evil.example', 'POST', '{"schema":"\\"string\\""}')).resolves.toMatchObject({
    status: 421,
  });
});

test('MLflow refuses requests for another host, and S3 those without a signature', async () => {
  const mlflow = `${await mlflowReady()}/api/2.0/mlflow/experiments/search?max_results=1`;
  await expect(requestWithHost(mlflow, 'localhost:5000')).resolves.toMatchObject({ status: 200 });
  await expect(requestWithHost(mlflow, 'evil.example')).resolves.toMatchObject({ status: 403 });
  await expect(requestWithHost(process.env.S3_ENDPOINT ?? '', 'evil.example')).resolves.toMatchObject({ status: 403 });
});

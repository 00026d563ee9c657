import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ArtifactWorld, createArtifactWorld, type Listed, sha256 } from '../artifacts/artifact-world.ts';
import { installTestPython } from '../runner/python.ts';

const TIMEOUT_MS = 180_000;
const WORKERS = join(import.meta.dirname, '../../workers');

const PROGRAM = `
import sys
from thunderline import Client

url, path = sys.argv[1:]
with Client(url, model_run_id="from python") as client:
    with client.trial("trial ü") as trial:
        first = trial.upload_artifact(path, "checkpoints/last.pth")
        second = trial.upload_artifact(path, "checkpoints/last.pth")
    assert first is not None and first == second, (first, second)
    assert client.stats.artifacts_uploaded == 2, client.stats
print(first)
`;

/** A worker of the bridge, which trains nothing and saves the file of `CHECKPOINT`. */
const WORKER = `
import os
from thunderline.worker import main

def train(trial):
    trial.save_checkpoint(os.environ["CHECKPOINT"])

main(train)
`;

let world: ArtifactWorld;
let folder: string;
let python: string;
beforeAll(async () => {
  python = await installTestPython();
  world = await createArtifactWorld();
  folder = mkdtempSync(join(tmpdir(), 'thunderline-upload-'));
}, TIMEOUT_MS);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await world.close();
});

test(
  'the Python client uploads a file of several parts, once, and its link returns it',
  async () => {
    const body = randomBytes(20 * 1_048_576 + 1);
    const path = join(folder, 'model.pth');
    writeFileSync(path, body);
    const env = {
      ...process.env,
      PYTHONPATH: WORKERS,
      THUNDERLINE_SPOOL_DIR: join(folder, 'spool'),
      THUNDERLINE_MODE: '',
    };
    const { stdout } = await promisify(execFile)(python, ['-c', PROGRAM, world.serving.url, path], { env });
    const [artifact, ...others] = (await world.list('from python', 'trial ü')).body.artifacts as readonly Listed[];
    expect(others).toEqual([]);
    expect(artifact).toMatchObject({
      name: 'checkpoints/last.pth',
      uri: stdout.trim(),
      size_bytes: body.length,
      sha256: sha256(body),
    });
    const download = await fetch(artifact?.link ?? '');
    expect(sha256(Buffer.from(await download.arrayBuffer()))).toBe(sha256(body));
  },
  TIMEOUT_MS,
);

test(
  'the checkpoint of an earlier attempt, which a bridge worker uploads late, does not replace that of a later one',
  async () => {
    const script = join(folder, 'worker.py');
    writeFileSync(script, WORKER);
    const run = (attempt: number, content: string) => {
      const path = join(folder, 'last.pth');
      writeFileSync(path, content);
      const env = {
        ...process.env,
        PYTHONPATH: WORKERS,
        CHECKPOINT: path,
        THUNDERLINE_URL: world.serving.url,
        THUNDERLINE_SPOOL_DIR: join(folder, 'spool'),
        THUNDERLINE_MODE: '',
        CEREBROS_BRIDGE_OP: 'run_trial',
        CEREBROS_BRIDGE_RUN_ID: 'bridge',
        CEREBROS_BRIDGE_ATTEMPT: String(attempt),
        CEREBROS_BRIDGE_PAYLOAD: JSON.stringify({ trial_id: 't' }),
      };
      const ended = promisify(execFile)(python, [script], { env });
      ended.child.stdin?.end();
      return ended;
    };
    await run(2, 'of the second attempt');
    await run(1, 'of the first attempt');
    const listed = (await world.list('bridge', 't')).body.artifacts as readonly Listed[];
    expect(listed.map(({ sha256: sum }) => sum)).toEqual([sha256('of the second attempt')]);
    const rows = await world.tables.query<{ stored_version: string }>(
      `select stored_version from model_artifacts where model_run_id = 'bridge' order by stored_version`,
    );
    expect(rows.map(({ stored_version }) => stored_version.slice(0, 6))).toEqual(['300001', '300002']);
  },
  TIMEOUT_MS,
);

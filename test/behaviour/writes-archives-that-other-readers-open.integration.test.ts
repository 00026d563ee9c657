import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStore } from '../../src/sinks/archive/open-store.ts';
import { createReplayWorld, told } from '../replay/replay-world.ts';
import { installTestPython } from '../runner/python.ts';

const PYTHON_TIMEOUT_MS = 300_000;
const world = await createReplayWorld();
const folder = mkdtempSync(join(tmpdir(), 'thunderline-archive-'));

beforeAll(async () => {
  await world.tell(told());
  await world.settle();
  const store = openStore(world.config.s3);
  try {
    for (const key of await world.archived(`${world.archive.prefix}/`)) {
      const file = join(folder, key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, (await store.get(key)) ?? Buffer.alloc(0));
    }
  } finally {
    store.close();
  }
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await world.close();
});

interface Row {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly event: string | null;
  readonly model_run_id: string;
  readonly trial_id: string | null;
  readonly decoded: string;
  /** Hexadecimal. */
  readonly value: string;
}

test(
  'fastavro and DuckDB find in the archive what the topics hold',
  async () => {
    const python = await installTestPython();
    const { stdout } = await promisify(execFile)(
      python,
      [join(import.meta.dirname, '../replay/read_archive.py'), folder],
      {
        maxBuffer: 2 ** 28,
      },
    );
    const { fastavro, duckdb } = JSON.parse(stdout) as { fastavro: Row[]; duckdb: Row[] };
    const records = await Promise.all(
      (['ml.commands', 'ml.events'] as const).map((topic) => world.read(`${world.topicPrefix}${topic}`)),
    );
    const place = ({ topic, partition, offset, value }: Pick<Row, 'topic' | 'partition' | 'offset' | 'value'>) => ({
      topic,
      partition,
      offset: Number(offset),
      value,
    });
    const expected = records
      .flat()
      .map(({ topic, partition, offset, value }) =>
        place({ topic, partition, offset: Number(offset), value: value?.toString('hex') ?? '' }),
      );
    expect(expected).toHaveLength(700);
    expect(fastavro.map(place)).toEqual(expected);
    expect(duckdb).toEqual(fastavro);
    for (const { event, model_run_id, trial_id, decoded } of fastavro) {
      expect(JSON.parse(decoded)).toMatchObject({ model_run_id, trial_id });
      expect(event === null || /^ml\.(run|trial)\./.test(event)).toBe(true);
    }
  },
  PYTHON_TIMEOUT_MS,
);

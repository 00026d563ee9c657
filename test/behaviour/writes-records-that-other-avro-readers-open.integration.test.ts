import { deepStrictEqual } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RecordName } from '../../src/avro/any-record.ts';
import { EVENT_NAMES, EVENT_RECORDS } from '../../src/events/event.ts';
import { enrich } from '../../src/processors/enrich.ts';
import type { Topic } from '../../src/topics.ts';
import { EVENT_ARBITRARIES } from '../arbitraries/events.ts';
import { commandArbitrary, deadLetterArbitrary, storedArtifactArbitrary } from '../arbitraries/records.ts';
import { createAvroWorld } from '../avro/avro-world.ts';
import { installTestPython } from '../runner/python.ts';

const PYTHON_TIMEOUT_MS = 300_000;
const RECORDS_OF_A_KIND = 100;

const world = await createAvroWorld();
afterAll(() => world.close());

interface Read {
  readonly name: string;
  readonly record: unknown;
  readonly again: string;
}

/** The values as fastavro decodes them, with schemas that it fetches from the registry itself. */
async function readInPython(values: readonly Buffer[]): Promise<Read[]> {
  const python = await installTestPython();
  const lines = await new Promise<string>((resolve, reject) => {
    const done = (error: Error | null, stdout: string) => (error ? reject(error) : resolve(stdout));
    const script = `${import.meta.dirname}/../avro/reader.py`;
    const reader = execFile(python, [script, world.registryUrl], { maxBuffer: 2 ** 28 }, done);
    reader.stdin?.end(values.map((value) => `${value.toString('base64')}\n`).join(''));
  });
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The record as `reader.py` prints it. */
function plain(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

const sample = (arbitrary: fc.Arbitrary<object>) => fc.sample(arbitrary, { numRuns: RECORDS_OF_A_KIND, seed: 1 });

const KINDS: readonly { topic: Topic; name: RecordName; records: object[] }[] = [
  ...EVENT_NAMES.map((event) => ({
    topic: 'ml.events' as const,
    name: EVENT_RECORDS[event],
    records: sample(EVENT_ARBITRARIES[event])
      .flatMap((record) => [record, enrich(record as never)])
      .map(({ event: _, ...record }: { event?: unknown }) => record),
  })),
  { topic: 'ml.events', name: 'ArtifactStored', records: sample(storedArtifactArbitrary) },
  { topic: 'ml.commands', name: 'TrialCommand', records: sample(commandArbitrary) },
  { topic: 'ml.deadletters', name: 'DeadLetter', records: sample(deadLetterArbitrary) },
];

test(
  'an independent reader decodes every record to the same values, and encodes them to the same bytes',
  async () => {
    const written = KINDS.flatMap(({ topic, name, records }) =>
      records.map((record) => ({
        name: `thunderline.ml.${name}`,
        record: plain(record),
        value: world.codec.encode(topic, name, record as never),
      })),
    );
    const read = await readInPython(written.map(({ value }) => value));
    expect(read).toHaveLength(written.length);
    for (const [index, { name, record, value }] of written.entries()) {
      // Jest takes a metric named constructor for the class of the object.
      deepStrictEqual(read[index], { name, record, again: value.toString('base64') });
    }
  },
  PYTHON_TIMEOUT_MS,
);

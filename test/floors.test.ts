import { expect, test } from '@jest/globals';
import { circularImports, upwardImports } from './floors.ts';
import { readSources, sourceFile } from './imports.ts';

const FILES = readSources(`${import.meta.dirname}/..`);

test('no import of src/ points to a higher floor', () => {
  expect(upwardImports(FILES)).toEqual([]);
});

test('no files of src/ import each other in a circle, and no rooms do', () => {
  expect(circularImports(FILES)).toEqual([]);
});

test.each<[string, string, string[]]>([
  ['src/kafka/a.ts', '../runtime/b.ts', ['src/kafka/a.ts (Transport) imports src/runtime/b.ts (Delivery)']],
  ['src/record.ts', './kafka/b.ts', ['src/record.ts (Ground) imports src/kafka/b.ts (Transport)']],
  ['src/sinks/a.ts', '../pipeline.ts', ['src/sinks/a.ts (Work) imports src/pipeline.ts (Roles)']],
  ['src/runtime/a.ts', '../kafka/b.ts', []],
  ['src/runtime/a.ts', './b.ts', []],
  ['src/http/a.ts', 'express', []],
])('an import from %s of %s is judged by their floors', (path, target, expected) => {
  const found = upwardImports([sourceFile(path, `import type { A } from '${target}';`)]);
  expect(found.map((line) => line.replace(/: .*/, ''))).toEqual(expected);
});

test('a room that is on no floor is reported', () => {
  expect(upwardImports([sourceFile('src/new-room/a.ts', '')])).toEqual([
    'src/new-room is on no floor: add it to FLOORS in test/floors.ts',
  ]);
});

test('a circle is found among files and among rooms', () => {
  const file = (path: string, target: string) => sourceFile(path, `import type { A } from '${target}';`);
  expect(circularImports([file('src/avro/a.ts', './b.ts'), file('src/avro/b.ts', './a.ts')])).toEqual([
    'circle of imports: src/avro/a.ts -> src/avro/b.ts -> src/avro/a.ts',
  ]);
  expect(circularImports([file('src/avro/a.ts', '../events/c.ts'), file('src/events/d.ts', '../avro/b.ts')])).toEqual([
    'circle of imports: avro -> events -> avro',
  ]);
});

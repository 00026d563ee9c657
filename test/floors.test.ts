import { expect, test } from '@jest/globals';
import { upwardImports } from './floors.ts';
import { readSources, sourceFile } from './source-files.ts';

const FILES = readSources(`${import.meta.dirname}/..`);

test('no import of src/ points to a higher floor', () => {
  expect(upwardImports(FILES)).toEqual([]);
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

import { expect, test } from '@jest/globals';
import { circularImports } from './circles.ts';
import { CODE_FOLDERS, readFolder, type SourceFile, sourceFile } from './source-files.ts';

test.each(CODE_FOLDERS)('no files and no folders of %s/ import each other in a circle', (folder) => {
  const files = readFolder(`${import.meta.dirname}/..`, folder);
  expect(files.length).toBeGreaterThan(5);
  expect(circularImports(files)).toEqual([]);
});

const file = (path: string, ...targets: readonly string[]): SourceFile =>
  sourceFile(path, targets.map((target) => `import type { A } from '${target}';`).join('\n'));

/** The circles found, as `folder: a -> b -> a`. */
const found = (...files: readonly SourceFile[]): readonly string[] =>
  circularImports(files).map((line) => line.replace('circle of imports in ', '').replace(/, because .*/, ''));

test('a circle of two files of one folder is found', () => {
  expect(found(file('src/avro/a.ts', './b.ts'), file('src/avro/b.ts', './a.ts'))).toEqual([
    'src/avro/: a.ts -> b.ts -> a.ts',
  ]);
});

test('a circle of folders is found when no files form one', () => {
  const files = [
    file('src/kafka/client/a.ts', '../admin/c.ts'),
    file('src/kafka/client/b.ts'),
    file('src/kafka/admin/c.ts'),
    file('src/kafka/admin/d.ts', '../client/b.ts'),
  ];
  expect(found(...files)).toEqual(['src/kafka/: client -> admin -> client']);
  expect(circularImports(files)).toEqual([
    expect.stringContaining('src/kafka/admin/d.ts imports src/kafka/client/b.ts'),
  ]);
});

test('a circle of a file and a folder beside it is found', () => {
  expect(
    found(
      file('src/http/route.ts', './openapi/kinds.ts'),
      file('src/http/openapi/kinds.ts'),
      file('src/http/openapi/document.ts', '../route.ts'),
    ),
  ).toEqual(['src/http/: route.ts -> openapi -> route.ts']);
});

test('a folder and the file that lists its content are none', () => {
  expect(
    found(
      file('src/cli/keys.ts', './keys/list.ts'),
      file('src/cli/keys/list.ts', '../print-line.ts'),
      file('src/cli/print-line.ts'),
    ),
  ).toEqual([]);
});

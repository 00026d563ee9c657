import { expect, test } from '@jest/globals';
import { grownMedian, longFiles } from './file-sizes.ts';
import { CODE_FOLDERS, readFolder, readOtherCode, readSources, sourceFile } from './source-files.ts';

const ROOT = `${import.meta.dirname}/..`;

test.each(CODE_FOLDERS)('no hand-written file of %s/ has more than 250 lines', (folder) => {
  expect(longFiles(readFolder(ROOT, folder))).toEqual([]);
});

test('no Python file or style sheet has more than 250 lines', () => {
  const files = readOtherCode(ROOT);
  expect(files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['src/bridge/process/keeper.py', 'web/styles/main.css']),
  );
  expect(longFiles(files)).toEqual([]);
});

test('half of the files of src/ are shorter than 80 lines', () => {
  expect(grownMedian(readSources(ROOT))).toEqual([]);
});

const file = (lines: number) => sourceFile('src/a.ts', 'a();\n'.repeat(lines));

test('a longer file is reported with its length', () => {
  expect(longFiles([file(250), file(251)])).toEqual([expect.stringContaining('src/a.ts has 251 lines')]);
});

test('a median of 80 lines is reported', () => {
  expect(grownMedian([file(10), file(79), file(200)])).toEqual([]);
  expect(grownMedian([file(10), file(80), file(200)])).toEqual([expect.stringContaining('80 lines')]);
});

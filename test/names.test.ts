import { expect, test } from '@jest/globals';
import { repeatedNames } from './names.ts';
import { readSources, sourceFile } from './source-files.ts';

test('no two files of src/ export the same name', () => {
  expect(repeatedNames(readSources(`${import.meta.dirname}/..`))).toEqual([]);
});

test.each([
  'export const place = 1;',
  'export function place(): void {}',
  'export async function place(): Promise<void> {}',
  'export function* place() {}',
  'export class place {}',
  'export abstract class place {}',
  'export interface place {}',
  'export type place = 1;',
])('%s is found in two files', (code) => {
  expect(repeatedNames([sourceFile('src/a.ts', code), sourceFile('src/b.ts', 'export const place = 2;')])).toEqual([
    expect.stringContaining('src/a.ts and src/b.ts export place'),
  ]);
});

test('a type and a value of one file may have one name', () => {
  const code = 'export const Place = 1;\nexport type Place = 1;\nconst other = 2;';
  expect(repeatedNames([sourceFile('src/a.ts', code), sourceFile('src/b.ts', 'const Place = 2;')])).toEqual([]);
});

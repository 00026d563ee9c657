import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { generateDocs } from '../docs/generate.ts';
import { OPTIONS } from '../src/config.ts';
import { ERRORS } from '../src/errors.ts';
import { METRICS } from '../src/metrics.ts';
import { readSources } from './imports.ts';

const ROOT = join(import.meta.dirname, '..');
const DOCS = generateDocs();

test.each(Object.keys(DOCS))('docs/%s is what `npm run docs` makes of the code', (name) => {
  expect(readFileSync(join(ROOT, 'docs', name), 'utf8')).toBe(DOCS[name]);
});

test('no page that says it is generated has outlived its generator', () => {
  const generated = readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .filter((name) => readFileSync(join(ROOT, 'docs', name), 'utf8').startsWith('<!-- Generated'));
  expect(generated.sort()).toEqual(Object.keys(DOCS).sort());
});

describe('what a list names is used', () => {
  const sources = readSources(ROOT);
  const codeBeside = (list: string): string =>
    sources
      .filter(({ path }) => path !== list)
      .map(({ code }) => code)
      .join('\n');

  test.each([
    ['src/config.ts', Object.keys(OPTIONS), (name: string) => new RegExp(`\\b${name}\\b`)],
    ['src/metrics.ts', Object.keys(METRICS), (name: string) => new RegExp(`\\.${name}\\b`)],
    ['src/errors.ts', Object.keys(ERRORS), (name: string) => new RegExp(`['"]${name}['"]`)],
  ] as const)('of %s', (list, names, useOf) => {
    const code = codeBeside(list);
    expect(names.filter((name) => !useOf(name).test(code))).toEqual([]);
  });
});

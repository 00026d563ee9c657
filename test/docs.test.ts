import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { embedBlocks } from '../docs/embed.ts';
import { generateDeployFiles, generateDocs } from '../docs/generate.ts';
import { INHERITED } from '../src/bridge/worker/inherited-variables.ts';
import { OPTIONS } from '../src/config.ts';
import { ERRORS, type ErrorCode, type ErrorEntry } from '../src/errors.ts';
import { parseEvent } from '../src/events/parse.ts';
import { WHOLE_REQUESTS } from '../src/http/openapi/answers.ts';
import type { MetricEntry } from '../src/metrics/metric.ts';
import { METRICS } from '../src/metrics.ts';
import type { OptionGroup } from '../src/option.ts';
import { readSources } from './source-files.ts';

const ROOT = join(import.meta.dirname, '..');
const DOCS = generateDocs();

test.each(Object.keys(DOCS))('docs/%s is what `npm run docs` makes of the code', (name) => {
  expect(readFileSync(join(ROOT, 'docs', name), 'utf8')).toBe(DOCS[name]);
});

test.each(Object.entries(generateDeployFiles()))(
  'deploy/%s is what `npm run docs` makes of the roles',
  (name, text) => {
    expect(readFileSync(join(ROOT, 'deploy', name), 'utf8')).toBe(text);
  },
);

test('docs/architecture.md embeds the code as it is', () => {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  expect(page).toBe(embedBlocks(page));
});

describe('docs/architecture.md', () => {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  /** `[dispatch.ts](../src/http/dispatch.ts) `createDispatch`, `other``: a file, and names that it declares. */
  const named = [...page.matchAll(/\]\(((?:\.\.\/)?[\w/.-]+\.(?:tsx?|py))\) (`\w+`(?:, `\w+`)*)/g)].map(
    ([, path = '', names = '']) => ({
      path: join('docs', path),
      names: names.match(/\w+/g) ?? [],
    }),
  );

  test('names only functions and values that the file beside them declares', () => {
    const unknown = named.flatMap(({ path, names }) => {
      const code = readFileSync(join(ROOT, path), 'utf8');
      return names.filter((name) => !declares(code, name)).map((name) => `${path}: ${name}`);
    });
    expect(unknown).toEqual([]);
  });

  test('names a function for each step of an event', () => {
    const steps = page.split('\n').filter((line) => /^\| \d+\. /.test(line));
    expect(steps.map((line) => Number.parseInt(line.slice(2), 10))).toEqual(steps.map((_, index) => index + 1));
    expect(steps.length).toBeGreaterThan(20);
    expect(steps.filter((line) => !/\.ts\) `\w+`/.test(line) && !line.includes('| as step '))).toEqual([]);
  });

  test('lists every error code of a whole request among the refusals, and each code with its status', () => {
    const [, after = ''] = page.split('### When a request is refused');
    const [table = ''] = after.split('\n### ');
    const listed = [...table.matchAll(/(\d{3}) `(\w+)`/g)].map(([, status, code]) => `${status} ${code}`);
    const wanted = Object.entries<ErrorEntry>(ERRORS)
      .filter(([code, { status }]) => status !== null && (status !== 422 || WHOLE_REQUESTS.includes(code as ErrorCode)))
      .map(([code, { status }]) => `${status} ${code}`);
    expect([...new Set(listed)].sort()).toEqual(wanted.sort());
  });
});

/** Whether the code declares a function, class, value, type or method of this name, also as a member of an object. */
function declares(code: string, name: string): boolean {
  const declared = `\\b(?:function\\*?|def|class|const|let|interface|type) ${name}\\b`;
  const member = `^\\s*(?:async |private |static |readonly )*#?${name}(?:\\(.*\\{$|: (?:async )?\\(|\\($)`;
  return new RegExp(`${declared}|${member}`, 'm').test(code);
}

test.each(['README.md', 'CONTRIBUTING.md', ...globSync('{docs,deploy}/*.md', { cwd: ROOT })])(
  '%s links to files that exist',
  (path) => {
    const page = readFileSync(join(ROOT, path), 'utf8');
    const links = [...page.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target ?? '');
    expect(links.filter((target) => !existsSync(join(ROOT, dirname(path), target)))).toEqual([]);
  },
);

test('README.md posts an event that the gateway accepts, under an id of its own', () => {
  const page = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, body = ''] = /-d '([^']+)'/.exec(page) ?? [];
  const parsed = parseEvent(JSON.parse(body), { receivedAt: 0, freshId: () => 'fresh' });
  expect(parsed).toMatchObject({ ok: true, event: { event_id: expect.not.stringMatching('fresh') } });
});

test('no generated page is left without its generator', () => {
  const generated = readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .filter((name) => readFileSync(join(ROOT, 'docs', name), 'utf8').startsWith('<!-- Generated'));
  expect(generated.sort()).toEqual(Object.keys(DOCS).sort());
});

describe('docs/faults.md', () => {
  const page = readFileSync(join(ROOT, 'docs/faults.md'), 'utf8');

  test('lists every fault that a test causes, and no other', () => {
    const tested = globSync('test/faults/*/*.fault.ts', { cwd: ROOT });
    const told = [...page.matchAll(/\.\.\/(test\/[\w/.-]+\.ts)/g)].map(([, path]) => path ?? '');
    expect(told.filter((path) => path.includes('/faults/')).sort()).toEqual(expect.arrayContaining(tested));
    expect(told.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

test.each(['access.md', 'bridge.md', 'faults.md', 'gateway.md', 'operations.md', 'performance.md'])(
  'docs/%s names metrics and settings that there are',
  (name) => {
    const page = readFileSync(join(ROOT, 'docs', name), 'utf8');
    const metrics = Object.values<MetricEntry>(METRICS).flatMap(({ name, kind }) =>
      ['', ...(kind === 'histogram' ? ['_bucket', '_count', '_sum'] : [])].map((end) => `thunderline_${name}${end}`),
    );
    const settings = Object.values<OptionGroup>(OPTIONS).flatMap((group) =>
      Object.values(group).map(({ variable }) => variable),
    );
    const [names, variables] = [/\bthunderline_\w+/g, /(?<=`)[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+/g].map(
      (pattern) => page.match(pattern) ?? [],
    );
    expect(names?.filter((found) => !metrics.includes(found))).toEqual([]);
    const known = [...settings, ...INHERITED];
    expect(variables?.filter((found) => !known.includes(found))).toEqual([]);
  },
);

describe('every entry of a closed list is used', () => {
  const sources = readSources(ROOT);
  const codeBeside = (list: string): string =>
    sources
      .filter(({ path }) => path !== list && !path.endsWith('/options.ts'))
      .map(({ code }) => code)
      .join('\n');

  test.each([
    [
      'the options',
      Object.values<OptionGroup>(OPTIONS).flatMap((group) => Object.keys(group)),
      (name: string) => new RegExp(`\\b${name}\\b`),
    ],
    ['src/metrics.ts', Object.keys(METRICS), (name: string) => new RegExp(`\\.${name}\\b`)],
    ['src/errors.ts', Object.keys(ERRORS), (name: string) => new RegExp(`['"]${name}['"]`)],
  ] as const)('of %s', (list, names, useOf) => {
    const code = codeBeside(list);
    expect(names.filter((name) => !useOf(name).test(code))).toEqual([]);
  });
});

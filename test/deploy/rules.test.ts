import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { generateWatch } from '../../deploy/generate.ts';
import { DASHBOARDS } from '../../deploy/grafana/dashboards.ts';
import { ALL_ALERTS } from '../../deploy/prometheus/alerts.ts';
import { errorRatio, recordedRatio, SERVICE_LEVELS, WINDOWS } from '../../deploy/prometheus/service-levels.ts';
import type { MetricEntry } from '../../src/metrics/metric.ts';
import { METRICS } from '../../src/metrics.ts';
import { runbookCommands } from '../watch/runbook-commands.ts';

const ROOT = join(import.meta.dirname, '../..');
const GENERATED = generateWatch();
const RUNBOOK = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');

test.each(Object.keys(GENERATED))('deploy/%s is what `npm run watch:generate` makes of the code', (path) => {
  expect(readFileSync(join(ROOT, 'deploy', path), 'utf8')).toBe(GENERATED[path]);
});

test('no generated file is left without its generator', () => {
  const files = globSync(['deploy/prometheus/rules/*', 'deploy/grafana/json/*'], { cwd: ROOT });
  expect(files.sort()).toEqual(
    Object.keys(GENERATED)
      .map((path) => `deploy/${path}`)
      .sort(),
  );
});

test('every alert has a section in the runbook, and every section of an alert its alert', () => {
  const sections = [...RUNBOOK.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(sections.toSorted()).toEqual(ALL_ALERTS.map(({ name }) => name).toSorted());
});

test('every section has a command, and text before and after its heading', () => {
  const [, ...sections] = RUNBOOK.split(/^### /m);
  const bare = sections.filter((section) => !/```sh\n[^`]+```/.test(section) || section.split('\n').length < 8);
  expect(bare.map((section) => section.split('\n')[0])).toEqual([]);
});

test('every section of an alert states the healthy output of its commands', () => {
  const sections = RUNBOOK.split(/^#{2,3} /m).filter((section) =>
    ALL_ALERTS.some(({ name }) => section.startsWith(`${name}\n`)),
  );
  expect(sections).toHaveLength(ALL_ALERTS.length);
  expect(sections.filter((section) => !/^Healthy: /m.test(section)).map((section) => section.split('\n')[0])).toEqual(
    [],
  );
});

test('every command of a section is a whole line that `npm run test:watch` can run', () => {
  const runnable = /^(?:promtool query instant \$PROMETHEUS_URL '[^']+'|npx thunderline (?!acls)\w+|curl -s|df -h)/;
  expect(runbookCommands().filter((command) => !runnable.test(command) || command.endsWith('\\'))).toEqual([]);
});

describe('an alert', () => {
  test.each(ALL_ALERTS.map((alert) => [alert.name, alert] as const))(
    '%s has a test that fires it',
    (_, { test: proof }) => {
      expect(proof.quietAt).not.toBe(proof.firesAt);
      expect(Object.keys(proof.series).length).toBeGreaterThan(0);
    },
  );

  test('has a name of its own', () => {
    expect(new Set(ALL_ALERTS.map(({ name }) => name)).size).toBe(ALL_ALERTS.length);
  });
});

/** Every expression, with its place. */
const EXPRESSIONS: readonly (readonly [string, string])[] = [
  ...ALL_ALERTS.map(({ name, expr }) => [`alert ${name}`, expr] as const),
  ...SERVICE_LEVELS.flatMap((level) =>
    WINDOWS.map((window) => [errorRatio(level, window), recordedRatio(level, window)] as const),
  ),
  ...DASHBOARDS.flatMap(({ name, rows }) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap(({ title, queries }) => queries.map(({ expr }) => [`${name}: ${title}`, expr] as const)),
    ),
  ),
  ...[...RUNBOOK.matchAll(/promtool query instant \$PROMETHEUS_URL '([^']+)'/g)].map(
    ([, expr = '']) => ['docs/operations.md', expr] as const,
  ),
];

const ENTRIES = Object.values<MetricEntry>(METRICS);
const known = new Set(
  ENTRIES.flatMap(({ name, kind }) =>
    (kind === 'histogram' ? ['_bucket', '_count', '_sum'] : ['']).map((end) => `thunderline_${name}${end}`),
  ),
);
const shared = ENTRIES.filter((entry) => entry.shared).map(({ name }) => `thunderline_${name}`);

test.each(EXPRESSIONS)('%s names metrics that there are: %s', (_, expr) => {
  const named = [...expr.matchAll(/(?<![\w:])thunderline_\w+/g)].map(([name]) => name);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test.each(EXPRESSIONS)('%s counts shared facts once: %s', (_, expr) => {
  const once = /(?:max|min|count|group)(?: by \([^)]*\))? \((?:\w+\()?$|(?:max|min)\($/;
  const summed = shared.filter((name) =>
    [...expr.matchAll(new RegExp(`(?<![\\w:])${name}\\b`, 'g'))].some(({ index }) => !once.test(expr.slice(0, index))),
  );
  expect(summed).toEqual([]);
});

test.each(EXPRESSIONS)('%s measures rates over labels that are there from the start: %s', (_, expr) => {
  // increase() and rate() do not see the first count of a series that is born with it.
  const rated = [...expr.matchAll(/(?:rate|increase)\(thunderline_(\w+?)(?:_bucket|_count|_sum)?[{[]/g)];
  const unsafe = rated
    .map(([, name]) => ENTRIES.find((entry) => entry.name === name))
    .filter((entry) => entry !== undefined)
    .filter(({ labels, values = {} }) => labels.some((label) => !STARTED.has(label) && !(label in values)));
  expect(unsafe.map(({ name }) => name).filter((name) => !BORN_LATE.has(name))).toEqual([]);
});

/** Labels whose values exist once the consumer, or the route, does. */
const STARTED: ReadonlySet<string> = new Set(['stage', 'topic', 'partition', 'route']);
/** Their label values are statuses, and calls of MLflow: no alert counts them. */
const BORN_LATE: ReadonlySet<string> = new Set(['http_requests_total', 'mlflow_calls_total', 'mlflow_call_seconds']);

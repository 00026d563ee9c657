import { describe, expect, test } from '@jest/globals';
import { AggregatorRegistry } from 'prom-client';
import { combinations } from '../../src/metrics/combinations.ts';
import type { MetricEntry } from '../../src/metrics/metric.ts';
import { observeTraced } from '../../src/metrics/observe-traced.ts';
import { createMetrics, METRICS, startAtZero } from '../../src/metrics.ts';
import { readSources } from '../source-files.ts';

const ENTRIES = Object.entries<MetricEntry>(METRICS);
const ROOT = `${import.meta.dirname}/../..`;

/** The lines of `/metrics` about one metric. */
const seriesOf = (text: string, name: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(`thunderline_${name}`));

test.each<[Record<string, string[]>, object[]]>([
  [{}, [{}]],
  [{ a: ['1', '2'] }, [{ a: '1' }, { a: '2' }]],
  [
    { a: ['1', '2'], b: ['x', 'y'] },
    [
      { a: '1', b: 'x' },
      { a: '1', b: 'y' },
      { a: '2', b: 'x' },
      { a: '2', b: 'y' },
    ],
  ],
  [{ a: ['1'], b: [] }, []],
])('the combinations of %j', (values, expected) => {
  expect(combinations(values)).toEqual(expected);
});

describe('the closed list', () => {
  test.each(ENTRIES)(
    '%s names its labels, and gives values only to them',
    (_, { labels, values = {}, kind, shared }) => {
      expect(Object.keys(values).filter((label) => !labels.includes(label))).toEqual([]);
      expect(Object.values(values).filter((list) => new Set(list).size !== list.length)).toEqual([]);
      // A counter of something outside the process would fall whenever another process reports it.
      if (shared) expect(kind).toBe('gauge');
    },
  );

  test.each(ENTRIES)('%s follows the naming of Prometheus', (_, { name, kind }) => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
  });

  /** `metrics.ingestEvents.inc({ result: 'accepted' })`: each text that the code gives as a label. */
  const literals = readSources(ROOT).flatMap(({ path, code }) =>
    [...code.matchAll(/\.(\w+)\.(?:inc|set|observe|startTimer)\(\{([^}]*)\}/g)].flatMap(([, key = '', labels = '']) =>
      [...labels.matchAll(/(\w+): (?:[^,]*\? )?'([^']+)'(?: : '([^']+)')?/g)].flatMap(([, label = '', ...texts]) =>
        texts.filter((text) => text !== undefined).map((text) => ({ path, key, label, text })),
      ),
    ),
  );

  test('has every value that the code states', () => {
    const unlisted = literals.filter(({ key, label, text }) => {
      const values = (METRICS as Readonly<Record<string, MetricEntry>>)[key]?.values?.[label];
      return values !== undefined && !values.includes(text);
    });
    expect(literals.length).toBeGreaterThan(30);
    expect(unlisted).toEqual([]);
  });
});

describe('a series', () => {
  test.each([
    ['ingest_events_total', 3],
    ['dependency_calls_total', 12],
    ['bridge_lost_total', 2],
    ['stage_records_total', 0],
  ])('of %s exists from the start: %d of them', async (name, count) => {
    const lines = seriesOf(await createMetrics().registry.metrics(), name);
    expect(lines).toHaveLength(count);
    expect(lines.filter((line) => !line.endsWith(' 0'))).toEqual([]);
  });

  test('of a consumer exists once the consumer does, and a second start forgets nothing', async () => {
    const metrics = createMetrics();
    startAtZero(metrics, { stage: ['router'], topic: ['ml.events'] });
    const text = await metrics.registry.metrics();
    expect(seriesOf(text, 'stage_records_total')).toHaveLength(4);
    expect(seriesOf(text, 'dead_letters_total').length).toBeGreaterThan(10);
    expect(seriesOf(text, 'stage_rebalances_total')).toHaveLength(1);
    expect(seriesOf(text, 'stage_chunk_seconds_count')).toEqual([
      'thunderline_stage_chunk_seconds_count{stage="router"} 0',
    ]);
    metrics.stageRecords.inc({ stage: 'router', result: 'emitted' }, 7);
    metrics.stageSeconds.observe({ stage: 'router' }, 1);
    startAtZero(metrics, { stage: ['router'], topic: ['ml.events.high'] });
    const later = await metrics.registry.metrics();
    expect(seriesOf(later, 'stage_records_total')).toContain(
      'thunderline_stage_records_total{stage="router",result="emitted"} 7',
    );
    expect(seriesOf(later, 'stage_chunk_seconds_count')).toEqual([
      'thunderline_stage_chunk_seconds_count{stage="router"} 1',
    ]);
  });

  test('of a shared fact does not exist before it was measured', async () => {
    const metrics = createMetrics();
    const shared = ENTRIES.filter(([, entry]) => entry.shared).map(([, { name }]) => name);
    const text = await metrics.registry.metrics();
    expect(shared.filter((name) => seriesOf(text, name).length > 0)).toEqual([]);
    expect(shared.length).toBeGreaterThan(10);
  });

  test('of a shared fact is not summed over the workers of a gateway', async () => {
    const workers = [createMetrics(), createMetrics()];
    for (const metrics of workers) {
      metrics.groupLag.set({ stage: 's', topic: 't', partition: 0 }, 5);
      metrics.ingestEvents.inc({ result: 'accepted' }, 5);
    }
    const reports = await Promise.all(workers.map(({ registry }) => registry.getMetricsAsJSON()));
    const text = await AggregatorRegistry.aggregate(reports as object[][]).metrics();
    expect(seriesOf(text, 'group_lag_records')).toEqual([
      'thunderline_group_lag_records{stage="s",topic="t",partition="0"} 5',
    ]);
    expect(seriesOf(text, 'ingest_events_total{result="accepted"}')).toEqual([
      'thunderline_ingest_events_total{result="accepted"} 10',
    ]);
  });
});

test('the edges of the histogram of a stage reach beyond the five minutes of the archive', async () => {
  const metrics = createMetrics();
  observeTraced(metrics.stageLatency, { stage: 'archive' }, 301);
  const text = await metrics.registry.metrics();
  const holding = seriesOf(text, 'stage_latency_seconds_bucket').filter((line) => line.endsWith(' 1'));
  expect(holding.map((line) => /le="([^"]+)"/.exec(line)?.[1])).toEqual(['600', '1800', '+Inf']);
});

import { expect, test } from '@jest/globals';
import { sumMetrics } from '../../src/cluster/sum-metrics.ts';
import { dataOf, formatFor, writeMetrics } from '../../src/metrics/metrics-text.ts';
import { observeTraced } from '../../src/metrics/observe-traced.ts';
import { observeUntilRead } from '../../src/metrics/observe-until-read.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';

const [FIRST, SECOND] = ['a'.repeat(32), 'b'.repeat(32)];

const linesOf = async (metrics: Metrics, format: 'prometheus' | 'openmetrics'): Promise<readonly string[]> =>
  (await writeMetrics(await dataOf(metrics.registry), format)).body.split('\n');

function worker(traceId: string, seconds: number): Metrics {
  const metrics = createMetrics({ process: true });
  metrics.ingestEvents.inc({ result: 'accepted' }, 5);
  metrics.groupLag.set({ stage: 's', topic: 't', partition: 0 }, 5);
  observeUntilRead(metrics.ingestSeconds)({})(seconds, traceId);
  observeTraced(metrics.stageLatency, { stage: 'router' }, 2_000, traceId);
  return metrics;
}

test.each([
  [undefined, 'prometheus'],
  ['', 'prometheus'],
  ['*/*', 'prometheus'],
  ['text/plain;version=0.0.4', 'prometheus'],
  ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics'],
  // Prometheus 2.42.
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,*/*;q=0.1',
    'openmetrics',
  ],
] as const)('a request that accepts %s gets %s', (accept, format) => {
  expect(formatFor(accept)).toBe(format);
});

test('the format of Prometheus is that of the registry', async () => {
  const metrics = worker(FIRST, 0.02);
  await linesOf(metrics, 'openmetrics');
  const about = (lines: readonly string[]) => lines.filter((line) => /thunderline_/.test(line));
  const own = about((await metrics.registry.metrics()).split('\n'));
  expect(about(await linesOf(metrics, 'prometheus'))).toEqual(own);
  expect(own).toContain('# TYPE thunderline_ingest_events_total counter');
  expect(own.join('\n')).not.toContain('trace_id');
});

test('OpenMetrics names counters without their suffix, and the traces of values', async () => {
  const lines = await linesOf(worker(FIRST, 0.02), 'openmetrics');
  expect(lines.slice(-2)).toEqual(['# EOF', '']);
  expect(lines).toContain('# TYPE thunderline_ingest_events counter');
  expect(lines).toContain('thunderline_ingest_events_total{result="accepted"} 5');
  const traced = lines.filter((line) => line.includes('trace_id')).map((line) => line.replace(/ [\d.]+$/, ''));
  expect(traced).toEqual([
    `thunderline_ingest_acknowledge_seconds_bucket{le="0.025"} 1 # {trace_id="${FIRST}"} 0.02`,
    `thunderline_stage_latency_seconds_bucket{le="+Inf",stage="router"} 1 # {trace_id="${FIRST}"} 2000`,
  ]);
});

test('the sum of several processes keeps the newest trace of each value', async () => {
  const [first, second] = [await dataOf(worker(FIRST, 0.02).registry), await dataOf(worker(SECOND, 0.2).registry)];
  // As between processes.
  const reports = JSON.parse(JSON.stringify([first, second]));
  const { body } = await writeMetrics(await sumMetrics(reports), 'openmetrics');
  const lines = body.split('\n');
  const exemplarOf = (start: string) =>
    /# \{trace_id="(\w+)"\}/.exec(lines.find((line) => line.startsWith(start)) ?? '')?.[1];
  const bucket = 'thunderline_ingest_acknowledge_seconds_bucket';
  expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${bucket}\\{le="0.25"\\} 2 #`)));
  expect([exemplarOf(`${bucket}{le="0.025"}`), exemplarOf(`${bucket}{le="0.25"}`)]).toEqual([FIRST, SECOND]);
  expect(exemplarOf('thunderline_stage_latency_seconds_bucket{le="+Inf",stage="router"}')).toMatch(/^[ab]{32}$/);
  expect(lines).toContain('thunderline_ingest_events_total{result="accepted"} 10');
  expect(lines).toContain('thunderline_group_lag_records{stage="s",topic="t",partition="0"} 5');
});

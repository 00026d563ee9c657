import { expect, test } from '@jest/globals';
import type { Codec } from '../../src/avro/codec.ts';
import { createMetrics } from '../../src/metrics.ts';
import { KafkaUnavailable, type OutgoingRecord, RecordTooLarge } from '../../src/record.ts';
import type { DecodedRecord, Outcome } from '../../src/runtime/stage.ts';
import { stageWork } from '../../src/runtime/stage-work.ts';
import { METRIC_CODEC } from './scripted-batch.ts';
import { metric } from './work.ts';

const codec: Codec = {
  ...METRIC_CODEC,
  encode: (topic, _, record) => Buffer.from(`${topic} step ${(record as unknown as { step: number }).step}`),
};

const decoded = (step: number): DecodedRecord => ({
  source: {
    topic: 'p-ml.events',
    partition: 0,
    offset: String(step),
    timestamp: 0,
    key: Buffer.from(`key ${step}`),
    value: null,
    headers: { 'event-id': `e-${step}` },
  },
  content: { name: 'RunMetric', record: metric(step) },
});

/** A stage on a sender that fails as the script says, once for each entry, and then takes everything. */
function working(transform: (step: number) => Outcome, ...failures: ((records: readonly OutgoingRecord[]) => Error)[]) {
  const sent: OutgoingRecord[] = [];
  const metrics = createMetrics();
  const work = stageWork(
    {
      name: 'router',
      from: 'ml.events',
      to: ['ml.events.realtime'],
      transform: ({ record }) => transform((record as unknown as { step: number }).step),
    },
    {
      codec,
      topicPrefix: 'p-',
      metrics,
      sender: {
        async send(records) {
          const failure = failures.shift();
          if (failure !== undefined) throw failure(records);
          sent.push(...records);
        },
      },
    },
    { maxRecords: 10, maxBytes: 1_000 },
  );
  return { work, sent, metrics };
}

const emit = (step: number): Outcome => ({
  kind: 'emit',
  topic: 'ml.events.realtime',
  content: { name: 'RunMetric', record: metric(step) },
});

test('an emitted record has the key and the headers of its source', async () => {
  const { work, sent } = working(emit);
  expect(await work.handle([decoded(1), decoded(2)])).toEqual([]);
  expect(sent).toEqual(
    [1, 2].map((step) => ({
      topic: 'p-ml.events.realtime',
      key: Buffer.from(`key ${step}`),
      headers: { 'event-id': `e-${step}` },
      value: Buffer.from(`ml.events.realtime step ${step}`),
    })),
  );
});

test('dropped records end, bad ones are returned, and both are counted', async () => {
  const { work, sent, metrics } = working((step) => {
    if (step === 1) return emit(step);
    return step === 2 ? { kind: 'drop', reason: 'old' } : { kind: 'reject', code: 'unexpected_record', message: 'no' };
  });
  const bad = decoded(3);
  expect(await work.handle([decoded(1), decoded(2), bad])).toEqual([
    { record: bad.source, code: 'unexpected_record', message: 'no' },
  ]);
  expect(sent).toHaveLength(1);
  const counts = (await metrics.stageRecords.get()).values.map(({ labels, value }) => [labels.result, value]);
  expect(counts).toEqual([
    ['emitted', 1],
    ['dropped', 1],
  ]);
});

test('an emitted record that is too large for its topic is rejected, and the others are written', async () => {
  const { work } = working(emit, (records) => new RecordTooLarge([records[1] as OutgoingRecord]));
  const large = decoded(2);
  expect(await work.handle([decoded(1), large, decoded(3)])).toEqual([
    {
      record: large.source,
      code: 'record_too_large',
      message: 'the emitted record has 25 bytes, too many for p-ml.events.realtime',
    },
  ]);
});

test('an unavailable Kafka throws and rejects no record', async () => {
  const { work } = working(emit, () => new KafkaUnavailable('away'));
  await expect(work.handle([decoded(1)])).rejects.toThrow(KafkaUnavailable);
});

test('emitting to a topic that the stage does not list is a bug', async () => {
  const { work } = working((step) => ({ ...emit(step), topic: 'ml.commands' }) as Outcome);
  await expect(work.handle([decoded(1)])).rejects.toThrow(TypeError);
});

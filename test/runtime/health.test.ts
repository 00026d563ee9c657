import { describe, expect, test } from '@jest/globals';
import { ConsumerStatus } from '../../src/runtime/consumer-status.ts';
import { checkHealth } from '../../src/runtime/health.ts';

test('every probe is checked; a probe that has a problem, fails or does not answer is reported', async () => {
  const probes = [
    { name: 'well', check: async () => undefined },
    { name: 'waits', check: async () => 'the database is unavailable' },
    { name: 'fails', check: () => Promise.reject(new Error('connection refused')) },
    { name: 'silent', check: () => new Promise<undefined>(() => {}) },
  ];
  expect(await checkHealth(probes, 20)).toEqual({
    ok: false,
    checks: {
      well: null,
      waits: 'the database is unavailable',
      fails: 'connection refused',
      silent: 'no answer within 20 ms',
    },
  });
  expect(await checkHealth(probes.slice(0, 1))).toEqual({ ok: true, checks: { well: null } });
});

test('a problem that only degrades the process is reported, and leaves it in service', async () => {
  const waits = { name: 'waits', check: async () => 'MLflow is unavailable', degrades: true };
  const well = { name: 'well', check: async () => undefined };
  expect(await checkHealth([waits, well])).toEqual({
    ok: true,
    degraded: true,
    checks: { waits: 'MLflow is unavailable', well: null },
  });
  const bad = { name: 'bad', check: async () => 'the database is unavailable' };
  expect(await checkHealth([waits, bad])).toMatchObject({ ok: false, degraded: true });
  expect(await checkHealth([{ ...waits, check: async () => undefined }, well])).not.toHaveProperty('degraded');
});

describe('a consumer', () => {
  const lag = (committed: string, end: string) => [
    { topic: 't', partition: 0, committed, start: '0', end, lag: Number(end) - Math.max(0, Number(committed)) },
  ];
  const assigned = (): ConsumerStatus => {
    const status = new ConsumerStatus();
    status.assign({ t: [0] });
    return status;
  };

  test('is ready once it has partitions and while none of them waits', () => {
    const status = new ConsumerStatus();
    expect(status.notReady()).toBe('has not joined its consumer group');
    status.assign({ t: [0] });
    expect(status.notReady()).toBeUndefined();
    status.waits('t/0', 'the database is unavailable');
    expect(status.notReady()).toBe('t/0 waits: the database is unavailable');
    status.resumes('t/0');
    expect(status.notReady()).toBeUndefined();
    status.assign(undefined);
    expect(status.notReady()).toBe('has not joined its consumer group');
  });

  test('names up to five waiting partitions in its readiness, and counts the others', () => {
    const status = new ConsumerStatus();
    status.assign({ t: [0, 1, 2, 3, 4, 5, 6] });
    status.waits('t/0', 'away');
    status.waits('t/1', 'a batch cannot be read');
    expect(status.notReady()).toBe('t/0 waits: away; t/1 waits: a batch cannot be read');
    for (const partition of [2, 3, 4, 5, 6]) status.waits(`t/${partition}`, 'away');
    expect(status.notReady()).toMatch(/^t\/0 waits: away; .*t\/4 waits: away; and 2 more partitions wait$/);
  });

  test('reports how many partitions wait, and clears those of an earlier assignment', () => {
    const told: number[] = [];
    const status = new ConsumerStatus((partitions) => told.push(partitions));
    status.assign({ t: [0, 1] });
    status.waits('t/0', 'away');
    status.waits('t/1', 'away');
    status.waits('t/1', 'still away');
    status.resumes('t/0');
    status.resumes('t/0');
    expect(status.cause).toBe('still away');
    status.assign({ t: [0] });
    expect(told).toEqual([0, 0, 1, 2, 2, 1, 0]);
    expect(status.notReady()).toBeUndefined();
  });

  test.each<[string, (status: ConsumerStatus) => void, RegExp | undefined]>([
    ['that has records and does not move', () => {}, /t\/0 has records from offset 5 on and has not moved for 60 s/],
    ['that moves', (status) => status.observe(lag('6', '9'), 1_000), undefined],
    ['that has come to the end', (status) => status.observe(lag('9', '9'), 59_000), undefined],
    ['that waits for a dependency', (status) => status.waits('t/0', 'away'), undefined],
    ['that was taken from us', (status) => status.assign({ t: [1] }), undefined],
    [
      'whose records are taken in though not committed',
      (status) => {
        status.taken.set('t/0', 9n);
        status.observe(lag('5', '9'), 1_000);
      },
      undefined,
    ],
  ])('is stalled with a partition %s', (_, change, told) => {
    const status = assigned();
    status.observe(lag('5', '9'), 0);
    change(status);
    expect(status.stalled(59_999, 60_000)).toBeUndefined();
    const stalled = status.stalled(60_000, 60_000);
    if (told === undefined) expect(stalled).toBeUndefined();
    else expect(stalled).toMatch(told);
  });
});

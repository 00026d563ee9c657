import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MlflowUnavailable } from '../../../src/mlflow/mlflow-unavailable.ts';
import type { Refusal } from '../../../src/mlflow/sort-answer.ts';
import { RunRefused, sendBisected } from '../../../src/sinks/mlflow/send-bisected.ts';

const OK = { ok: true, value: undefined } as const;
const refusal = (kind: Refusal['kind']) => ({ ok: false, refusal: { kind, message: `it is ${kind}` } }) as const;
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

test('every item that is refused is found, and every other one is sent exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 300 }),
      fc.uniqueArray(fc.nat(299), { maxLength: 5 }),
      async (count, bad) => {
        const stored: number[] = [];
        const refused = await sendBisected(numbers(count), {
          async send(items) {
            if (items.some((item) => bad.includes(item))) return refusal('data');
            stored.push(...items);
            return OK;
          },
          probe: async () => OK,
        });
        const wanted = bad.filter((item) => item < count).sort((a, b) => a - b);
        expect(refused.map(({ item }) => item)).toEqual(wanted);
        expect(stored.sort((a, b) => a - b)).toEqual(numbers(count).filter((item) => !wanted.includes(item)));
      },
    ),
  );
});

test('one bad item of a thousand costs twenty calls more at most', async () => {
  let calls = 0;
  const send = async (items: readonly number[]) => {
    calls += 1;
    return items.includes(617) ? refusal('data') : OK;
  };
  expect(await sendBisected(numbers(1_000), { send, probe: async () => OK })).toHaveLength(1);
  expect(calls).toBeLessThanOrEqual(21);
});

describe('an error whose cause is unclear', () => {
  test.each([
    ['a refusal', async () => refusal('unclear')],
    [
      'an answer 500',
      async () => {
        throw new MlflowUnavailable('crash', '500');
      },
    ],
  ])('(%s) is a fault of the data while a small write succeeds, and otherwise of MLflow', async (_, send) => {
    expect(await sendBisected([1], { send, probe: async () => OK })).toMatchObject([{ item: 1 }]);
    await expect(sendBisected([1], { send, probe: send })).rejects.toThrow(MlflowUnavailable);
  });

  test('that passes is no fault', async () => {
    let calls = 0;
    const send = async () => {
      calls += 1;
      return calls < 3 ? refusal('unclear') : OK;
    };
    expect(await sendBisected([1], { send, probe: async () => OK })).toEqual([]);
  });
});

test.each(['inactive', 'gone', 'changed_param'] as const)('a run that is %s refuses every item', async (kind) => {
  const parts = { send: async () => refusal(kind), probe: async () => OK };
  await expect(sendBisected([1, 2], parts)).rejects.toThrow(RunRefused);
  await expect(sendBisected([1, 2], parts)).rejects.toMatchObject({ kind });
});

test('another trouble of MLflow is thrown as it is', async () => {
  const away = new MlflowUnavailable('unreachable', 'away');
  const parts = {
    send: async () => {
      throw away;
    },
    probe: async () => OK,
  };
  await expect(sendBisected([1], parts)).rejects.toBe(away);
});

import { describe, expect, test } from '@jest/globals';
import { type Slot, Slots } from '../../../src/bridge/worker/slots.ts';

const NEVER = new AbortController().signal;

const taken = async (slots: Slots, signal = NEVER): Promise<Slot> => {
  const slot = await slots.take(signal);
  if (slot === undefined) throw new Error('no slot');
  return slot;
};

describe('slots', () => {
  test('are one for each worker, or for each GPU', async () => {
    expect(new Slots(3, []).all).toHaveLength(3);
    const slots = new Slots(9, ['0', '0', 'GPU-7']);
    expect(slots.all.map(({ gpu }) => gpu)).toEqual(['0', '0', 'GPU-7']);
    const given = [await taken(slots), await taken(slots), await taken(slots)];
    expect(given.map(({ index }) => index).sort()).toEqual([0, 1, 2]);
    expect(slots.free).toBe(0);
  });

  test('go to those who wait in their order; one who gives up does not hold up the next', async () => {
    const slots = new Slots(1, []);
    const slot = await taken(slots);
    const givingUp = new AbortController();
    const order: string[] = [];
    const waiting = async (name: string, signal = NEVER): Promise<Slot | undefined> => {
      const got = await slots.take(signal);
      order.push(name);
      return got;
    };
    const first = waiting('first');
    const second = waiting('second', givingUp.signal);
    const third = waiting('third');
    givingUp.abort();
    expect(await second).toBeUndefined();
    slots.release(slot);
    expect(await first).toBe(slot);
    slots.release(slot);
    expect(await third).toBe(slot);
    slots.release(slot);
    expect(order).toEqual(['second', 'first', 'third']);
    expect(slots.free).toBe(1);
    expect(await slots.take(AbortSignal.abort())).toBeUndefined();
  });
});

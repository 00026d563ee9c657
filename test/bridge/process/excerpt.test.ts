import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Excerpt } from '../../../src/bridge/process/excerpt.ts';

const KEPT = 65_536;

test('is the whole output up to 64 KiB, and its start and end beyond', () => {
  const chunks = fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 30 });
  fc.assert(
    fc.property(chunks, (lengths) => {
      const excerpt = new Excerpt();
      let whole = '';
      for (const [index, length] of lengths.entries()) {
        const chunk = String.fromCharCode(97 + (index % 26)).repeat(length);
        whole += chunk;
        excerpt.add(Buffer.from(chunk));
      }
      const omitted = whole.length - KEPT;
      const expected =
        omitted <= 0 ? whole : `${whole.slice(0, 16_384)}\n[${omitted} bytes omitted]\n${whole.slice(-49_152)}`;
      expect(excerpt.text()).toBe(expected);
      expect(excerpt.bytes).toBe(whole.length);
      expect(excerpt.text()).toBe(expected);
    }),
  );
});

test('is text that Postgres can hold', () => {
  const excerpt = new Excerpt();
  excerpt.add(Buffer.from([0x61, 0x00, 0xff, 0xed, 0xa0, 0x80]));
  expect(excerpt.text()).toBe('a\ufffd\ufffd\ufffd\ufffd\ufffd');
});

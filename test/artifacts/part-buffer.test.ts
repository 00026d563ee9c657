import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PartBuffer } from '../../src/artifacts/part-buffer.ts';

test('parts are the bytes of the chunks in their order, each full but the last, and each with its own hash', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.uint8Array({ maxLength: 50 })), (size, chunks) => {
      const buffer = new PartBuffer(size);
      const parts: Buffer[] = [];
      const take = () => {
        const { bytes, sha256 } = buffer.take();
        expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
        parts.push(Buffer.from(bytes));
      };
      for (const chunk of chunks) {
        for (let rest = Buffer.from(chunk); rest.length > 0; ) {
          rest = Buffer.from(buffer.fill(rest));
          if (buffer.isFull) take();
        }
      }
      if (!buffer.isEmpty) take();
      expect(Buffer.concat(parts)).toEqual(Buffer.concat(chunks));
      for (const part of parts.slice(0, -1)) expect(part).toHaveLength(size);
    }),
  );
});

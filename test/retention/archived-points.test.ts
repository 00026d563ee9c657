import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { piecesOf } from '../../src/retention/archived-points.ts';

test('the pieces of a range adjoin, cover it, and are as many as asked for at most', () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.integer({ min: 1, max: 70_000 }), fc.nat(400), (first, width, count) => {
      const pieces = piecesOf({ first, end: first + width }, count);
      expect(pieces.length).toBeLessThanOrEqual(Math.max(1, count));
      expect(pieces.every((piece) => piece.end > piece.first)).toBe(true);
      expect([pieces[0]?.first, pieces.at(-1)?.end]).toEqual([first, first + width]);
      for (const [index, piece] of pieces.slice(1).entries()) expect(piece.first).toBe(pieces[index]?.end);
    }),
  );
});

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KEY_ID, KEY_RANDOM_BYTES, mintKey, readKey, sameHash } from '../../src/access/api-key.ts';

const random = fc.uint8Array({ minLength: KEY_RANDOM_BYTES, maxLength: KEY_RANDOM_BYTES });

describe('an API key', () => {
  test('a minted key is read back with its id and hash', () => {
    fc.assert(
      fc.property(random, (bytes) => {
        const key = mintKey(bytes);
        const read = readKey(key);
        expect(key).toMatch(/^tlk_[a-z2-7]{16}_[a-z2-7]{39}$/);
        expect(read?.id).toMatch(KEY_ID);
        expect(key.slice(4, 20)).toBe(read?.id);
        expect(read?.hash).toHaveLength(32);
      }),
    );
  });

  test('two keys have different ids and hashes', () => {
    const keys = Array.from({ length: 1_000 }, () => readKey(mintKey(randomBytes(KEY_RANDOM_BYTES))));
    expect(new Set(keys.map((key) => key?.id)).size).toBe(1_000);
    expect(new Set(keys.map((key) => key?.hash.toString('hex'))).size).toBe(1_000);
  });

  test('a key with one character changed, dropped or doubled is not a key', () => {
    fc.assert(
      fc.property(random, fc.nat(59), fc.constantFrom(...'abcxyz234567'), (bytes, at, other) => {
        const key = mintKey(bytes);
        fc.pre(key[at] !== other);
        expect(readKey(key.slice(0, at) + other + key.slice(at + 1))).toBeUndefined();
        expect(readKey(key.slice(0, at) + key.slice(at + 1))).toBeUndefined();
        expect(readKey(key.slice(0, at) + key[at] + key.slice(at))).toBeUndefined();
      }),
    );
  });

  test.each(['', 'tlk_', 'secret', 'tlk_aaaaaaaaaaaaaaaa_', '\0', 'é'.repeat(60)])('%j is not a key', (text) => {
    expect(readKey(text)).toBeUndefined();
  });

  test('a key is minted from the required number of random bytes and no fewer', () => {
    expect(() => mintKey(new Uint8Array(16))).toThrow('30 random bytes');
  });

  test('two hashes are equal only as a whole', () => {
    const hash = randomBytes(32);
    const other = Buffer.from(hash);
    other.writeUInt8(hash.readUInt8(31) ^ 1, 31);
    expect(sameHash(hash, Buffer.from(hash))).toBe(true);
    expect(sameHash(hash, other)).toBe(false);
    expect(sameHash(hash, hash.subarray(1))).toBe(false);
  });
});

import { expect, test } from '@jest/globals';
import { isBucketName, readAddress, uriOf } from '../../src/artifacts/object-address.ts';

test.each([
  ['s3://bucket/key', { bucket: 'bucket', key: 'key' }],
  ['s3://my.bucket-1/a/b c/ä%20?#&.pth', { bucket: 'my.bucket-1', key: 'a/b c/ä%20?#&.pth' }],
  ['s3://bucket//a', { bucket: 'bucket', key: '/a' }],
  ['s3://bucket/a..b/...', { bucket: 'bucket', key: 'a..b/...' }],
])('%s is the address of an object', (uri, address) => {
  expect(readAddress(uri)).toEqual(address);
  expect(uriOf(address)).toBe(uri);
});

test.each([
  ['', 'no scheme'],
  ['bucket/key', 'no scheme'],
  ['http://bucket/key', 'the scheme http'],
  ['S3://bucket/key', 'the scheme S3'],
  ['s3:bucket/key', 'the scheme s3'],
  ['s3n://bucket/key', 'the scheme s3n'],
  ['s3://', 'name of a bucket'],
  ['s3://Bucket/key', 'name of a bucket'],
  ['s3://user:password@bucket/key', 'name of a bucket'],
  ['s3://bucket:9000/key', 'name of a bucket'],
  ['s3://b/key', 'name of a bucket'],
  ['s3://bucket', 'no object'],
  ['s3://bucket/', 'no object'],
  ['s3://bucket/../other/key', '"." or ".."'],
  ['s3://bucket/a/.', '"." or ".."'],
  ['s3://bucket/a\nb', 'characters'],
  ['s3://bucket/a\ud800', 'characters'],
  [`s3://bucket/${'ä'.repeat(513)}`, '1024 bytes'],
])('%j is none', (uri, reason) => {
  expect(readAddress(uri)).toContain(reason);
});

test.each([
  ['thunderline', true],
  ['a.b-c1', true],
  ['ab', false],
  ['-ab', false],
  ['a_b', false],
  ['s3://ab', false],
])('%s may name a bucket: %s', (name, may) => {
  expect(isBucketName(name)).toBe(may);
});

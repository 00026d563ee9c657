import { describe, expect, test } from '@jest/globals';
import { type LinkSettings, linkVerdict } from '../../src/artifacts/link-verdict.ts';
import { uploadKey } from '../../src/artifacts/upload-key.ts';

const SETTINGS: LinkSettings = { bucket: 'own', buckets: ['models'], prefix: 'artifacts', archivePrefix: 'archive' };
const OF = { run: 'r', trial: 't' };
const upload = `s3://own/${uploadKey('artifacts', OF, 'v', 'm.pth')}`;
const foreign = `s3://own/${uploadKey('artifacts', { run: 'r', trial: 't2' }, 'v', 'm.pth')}`;

const verdictOf = (uri: string, isBound = false) => linkVerdict(uri, OF, isBound, SETTINGS);

describe('a link is made for', () => {
  test.each([upload, 's3://own/models/m.pth', 's3://models/m.pth', 's3://own/archived/m', 's3://models/archive/m'])(
    '%s',
    (uri) => {
      expect(verdictOf(uri)).toEqual({ bucket: uri.split('/')[2], key: uri.split('/').slice(3).join('/') });
    },
  );

  test('an upload, also with a key that is bound to its run', () => {
    expect(verdictOf(upload, true)).toMatchObject({ bucket: 'own' });
  });
});

describe('no link is made for', () => {
  test.each([
    [foreign, 'another trial'],
    ['s3://own/artifacts/r', 'another trial'],
    ['s3://own/archive/ml.events/1.avro', 'the archive'],
    ['s3://other/m.pth', 'neither'],
    ['https://own/m.pth', 'the scheme https'],
  ])('%s', (uri, reason) => {
    expect(verdictOf(uri)).toContain(reason);
  });

  test.each(['s3://own/models/m.pth', 's3://models/m.pth', `s3://models/${upload.slice('s3://own/'.length)}`])(
    '%s with a key that is bound to runs: an event of its holder may have stated any address',
    (uri) => {
      expect(verdictOf(uri, true)).toContain('bound to runs');
    },
  );
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAddress, runPath, trialPath } from '../../../web/shell/address.ts';

const parse = (path: string) => {
  const { query: _, ...address } = parseAddress(new URL(path, 'http://localhost'));
  return address;
};

test.each([
  ['/', { page: 'monitor' }],
  ['/compare?group_by=spectral_norm', { page: 'compare' }],
  ['/runs/study-1', { page: 'run', run: 'study-1' }],
  ['/runs/study-1/trials/7', { page: 'trial', run: 'study-1', trial: '7' }],
  ['/runs', { page: 'unknown' }],
  ['/runs/', { page: 'unknown' }],
  ['/runs/a/b', { page: 'unknown' }],
  ['/other', { page: 'unknown' }],
])('%s', (path, address) => {
  expect(parse(path)).toEqual(address);
});

test('any id survives its address', () => {
  const id = fc
    .string({ minLength: 1, maxLength: 50, unit: 'grapheme' })
    .filter((text) => text.isWellFormed() && text !== '.' && text !== '..');
  fc.assert(
    fc.property(id, id, (run, trial) => {
      expect(parse(runPath(run))).toEqual({ page: 'run', run });
      expect(parse(trialPath(run, trial))).toEqual({ page: 'trial', run, trial });
    }),
  );
});

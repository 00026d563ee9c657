import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runApi, trialApi } from '../../../web/api/paths.ts';
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
  ['/runs/study-1?trial=7%2F8', { page: 'trial', run: 'study-1', trial: '7/8' }],
  ['/runs/study-1?trial=', { page: 'run', run: 'study-1' }],
  ['/runs?id=..', { page: 'nameless', id: '..' }],
  ['/runs', { page: 'unknown' }],
  ['/runs/', { page: 'unknown' }],
  ['/compare/', { page: 'compare' }],
  ['/runs/study-1/', { page: 'run', run: 'study-1' }],
  ['/runs/study-1/?trial=7', { page: 'trial', run: 'study-1', trial: '7' }],
  ['/runs/study-1/trials/7/', { page: 'trial', run: 'study-1', trial: '7' }],
  ['/runs/study-1//', { page: 'unknown' }],
  ['/runs/a/b', { page: 'unknown' }],
  ['/other', { page: 'unknown' }],
])('%s', (path, address) => {
  expect(parse(path)).toEqual(address);
});

/** The path of an address as a browser and `fetch` resolve it. */
const resolved = (path: string): string => new URL(path, 'http://localhost/runs/study-1').pathname;

test.each(['.', '..'])('an id %s of an older table leads to its own state, and to no other subject', (id) => {
  expect(parse(runPath(id))).toEqual({ page: 'nameless', id });
  expect(parse(trialPath(id, 'a'))).toEqual({ page: 'nameless', id });
  expect(parse(trialPath('a', id))).toEqual({ page: 'nameless', id });
  for (const path of [runPath(id), trialPath('a', id)]) expect(resolved(path)).toBe('/runs');
  expect(() => runApi(id)).toThrow(id);
  expect(() => trialApi('study-1', id)).toThrow(id);
});

test.each(['%2e', '%2E%2e', '...', './', '../x', '.. ', 'a..'])('an id %s keeps its place in a path', (id) => {
  expect(resolved(trialApi('r', id))).toBe(`/api/runs/r/trials/${encodeURIComponent(id)}`);
  expect(parse(runPath(id))).toEqual({ page: 'run', run: id });
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

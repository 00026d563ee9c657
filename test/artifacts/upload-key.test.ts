import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readAddress, uriOf } from '../../src/artifacts/object-address.ts';
import { trialFolder, uploadKey } from '../../src/artifacts/upload-key.ts';
import { artifactNameFault } from '../../src/events/artifact-name.ts';
import { idArbitrary } from '../arbitraries/values.ts';

const VERSION = '01a2174a-0ca7-7b3e-9c50-6f58bd4ef145';

test('plain ids are folders as they are', () => {
  expect(uploadKey('artifacts', { run: 'study-1', trial: 'trial_7' }, VERSION, 'a/model.pth')).toBe(
    `artifacts/study-1/trial_7/${VERSION}/a/model.pth`,
  );
});

test('other ids are readable and hashed', () => {
  expect(trialFolder('artifacts', { run: 'team a/7', trial: '..' })).toMatch(
    /^artifacts\/~team_a_7-[0-9a-f]{32}\/~\.\.-[0-9a-f]{32}\/$/,
  );
});

const ids = fc.oneof(idArbitrary, fc.constantFrom('.', '..', 'a/b', 'a', 'A', '~a', 'a'.repeat(100), 'a'.repeat(101)));
const trials = fc.record({ run: ids, trial: ids });

test('every key can be an address, in the folder of its trial', () => {
  const names = fc.string({ unit: 'grapheme', maxLength: 80 }).filter((name) => artifactNameFault(name) === undefined);
  fc.assert(
    fc.property(trials, names, (of, name) => {
      const address = { bucket: 'bucket', key: uploadKey('artifacts', of, VERSION, name) };
      expect(readAddress(uriOf(address))).toEqual(address);
      expect(address.key.startsWith(trialFolder('artifacts', of))).toBe(true);
    }),
  );
});

test('no folder of a trial is in that of another', () => {
  fc.assert(
    fc.property(trials, trials, (one, other) => {
      const [a, b] = [trialFolder('artifacts', one), trialFolder('artifacts', other)];
      expect(a.startsWith(b)).toBe(one.run === other.run && one.trial === other.trial);
    }),
  );
});

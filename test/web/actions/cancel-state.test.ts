import { expect, test } from '@jest/globals';
import { afterCancel, type CancelSubject, effectOfCancel, whyNotCancel } from '../../../web/actions/cancel-state.ts';

const subject = (what: 'run' | 'trial', open: number, commanded: number, bridges = 1): CancelSubject => ({
  what,
  open,
  commands: { open: commanded, bridges },
});

test.each([
  ['a run that its own programs report', subject('run', 4, 0), /No bridge runs its trials/],
  ['a trial that its own program reports', subject('trial', 1, 0, 0), /No bridge runs it/],
])('%s cannot be cancelled', (_, of, reason) => {
  expect(whyNotCancel(of)).toMatch(reason);
});

test.each([subject('run', 4, 4), subject('run', 4, 1, 0), subject('trial', 1, 1)])('%j can be cancelled', (of) => {
  expect(whyNotCancel(of)).toBeUndefined();
});

test.each([
  [subject('run', 1, 1), /^1 trial has not ended\. .* stopped\.$/],
  [subject('run', 4, 4), /^4 trials have not ended\. .* stopped\.$/],
  [subject('run', 5, 4), /^4 trials have .* stopped\. 1 further trial is reported by its own program, and goes on\.$/],
  [subject('run', 9, 4), /5 further trials are reported by their own programs, and go on\.$/],
  [subject('trial', 1, 1), /^If it waits/],
])('the dialog of %j states its effect', (of, effect) => {
  expect(effectOfCancel(of)).toMatch(effect);
});

test('a cancellation without a bridge waits for one', () => {
  expect(afterCancel(subject('run', 1, 1, 0))).toMatch(/^No bridge runs at the moment\. The next one/);
  expect(afterCancel(subject('run', 1, 1, 2))).toBe('The bridge has been told to stop.');
});

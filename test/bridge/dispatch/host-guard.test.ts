import { expect, test } from '@jest/globals';
import { HostGuard } from '../../../src/bridge/dispatch/host-guard.ts';
import type { Failed, FailureReason, Reported } from '../../../src/bridge/worker/workers.ts';

const REPORTED: Reported = { kind: 'reported', trials: [], warnings: [], output: '', durationMs: 1 };
const failed = (reason: FailureReason, environmental: boolean): Failed => ({
  kind: 'failed',
  reason,
  message: 'ModuleNotFoundError: torch',
  output: '',
  durationMs: 1,
  retryable: true,
  environmental,
});
const HOST = failed('exception', true);

const reasons = (limit: number, ...outcomes: readonly (Failed | Reported)[]) => {
  const guard = new HostGuard(limit);
  return outcomes.map((outcome) => guard.note(outcome) !== undefined);
};

test('the limit counts consecutive failures by the host', () => {
  expect(reasons(3, HOST, HOST, HOST)).toEqual([false, false, true]);
  expect(new HostGuard(1).note(HOST)).toBe(
    'an attempt failed by a cause on this host; the last one: ModuleNotFoundError: torch',
  );
});

test('a result, and a failure by the trial, start the count again', () => {
  expect(reasons(2, HOST, REPORTED, HOST, failed('crash', false), HOST, HOST)).toEqual([
    ...[false, false, false, false, false],
    true,
  ]);
});

test('an attempt that was stopped shows nothing about the host', () => {
  expect(reasons(2, HOST, failed('cancelled', false), failed('lost', false), HOST)).toEqual([
    false,
    false,
    false,
    true,
  ]);
});

test('a limit of 0 is no limit', () => {
  expect(reasons(0, HOST, HOST, HOST)).toEqual([false, false, false]);
});

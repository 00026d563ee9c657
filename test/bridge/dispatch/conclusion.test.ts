import { describe, expect, test } from '@jest/globals';
import { cancelledAttempt, concludeAttempt } from '../../../src/bridge/dispatch/conclusion.ts';
import type { ReadyTrial } from '../../../src/bridge/dispatch/trial-attempt.ts';
import type { TrialEnding } from '../../../src/bridge/queue/trial-ending.ts';
import {
  type EventSubject,
  endingInputs,
  judgeEvents,
  terminalEventId,
} from '../../../src/bridge/queue/trial-events.ts';
import type { TrialReported } from '../../../src/bridge/worker/contract.ts';
import type { Failed, Reported } from '../../../src/bridge/worker/workers.ts';
import { parseExactly } from '../../../src/events/exact-number.ts';

const SUBJECT: EventSubject & Pick<ReadyTrial, 'study' | 'optuna_number'> = {
  model_run_id: 'run',
  trial_id: 't',
  command_id: 'b2f1c9d0-0000-5000-8000-000000000001',
  epoch: 2,
  hyperparams: '{"lr":0.1}',
  spectral_norm: null,
  correlation_id: null,
  study: null,
  optuna_number: null,
};
const NOW = 1_760_000_000_000;

const TRIAL: TrialReported = {
  trialId: 't',
  runId: 'run',
  status: 'succeeded',
  spectralNorm: false,
  mlflowRunId: null,
  metrics: { loss: Number.NaN, accuracy: 0.5 },
  parameters: { lr: 0.1 },
  durationMs: null,
  rank: null,
  artifactUri: null,
  warnings: [],
  errorType: null,
  errorMessage: null,
};
const reported = (changes: Partial<TrialReported> = {}, more: Partial<Reported> = {}): Reported => ({
  kind: 'reported',
  trials: [{ ...TRIAL, ...changes }],
  warnings: [],
  output: 'Epoch 1',
  durationMs: 12.4,
  ...more,
});
const failed = (changes: Partial<Failed> = {}): Failed => ({
  kind: 'failed',
  reason: 'timeout',
  message: 'took longer than 15000 ms',
  output: '',
  durationMs: 15_000.2,
  retryable: true,
  environmental: false,
  ...changes,
});

const conclude = (outcome: Reported | Failed, subject = SUBJECT) => concludeAttempt(subject, outcome, NOW, undefined);
/** The events of a conclusion. */
function eventsOf(conclusion: ReturnType<typeof conclude>, subject = SUBJECT) {
  const judged = judgeEvents(endingInputs(subject, NOW, parseExactly(conclusion.ending) as TrialEnding), NOW);
  if (!judged.ok) throw new Error(JSON.stringify(judged.faults));
  return judged.events;
}

describe('a reported trial ends', () => {
  test.each([
    ['succeeded', 'completed', { event: 'ml.trial.complete' }],
    ['failed', 'failed', { event: 'ml.trial.failed', error_type: 'trial_failed' }],
    ['skipped', 'skipped', { event: 'ml.trial.failed', error_type: 'pruned' }],
    ['cancelled', 'cancelled', { event: 'ml.run.stop', state: 'cancelled' }],
  ] as const)('%s as %s', (status, outcome, event) => {
    const conclusion = conclude(reported({ status }));
    expect(conclusion).toMatchObject({ kind: 'end', outcome, attempt: { outcome, output: 'Epoch 1' } });
    expect(eventsOf(conclusion)).toMatchObject([
      {
        ...event,
        event_id: terminalEventId(SUBJECT.command_id, 't'),
        model_run_id: 'run',
        trial_id: 't',
        attempt: 2,
        timestamp: NOW,
        metrics: { loss: Number.NaN, accuracy: 0.5 },
        duration_ms: 12,
      },
    ]);
  });

  test('with the spectral norm of its command, and unknown if neither states it', () => {
    const flag = (command: boolean | null, result: boolean) => {
      const subject = { ...SUBJECT, spectral_norm: command };
      return eventsOf(conclude(reported({ spectralNorm: result }), subject), subject)[0]?.spectral_norm;
    };
    expect([flag(true, false), flag(false, true), flag(null, true), flag(null, false)]).toEqual([
      true,
      false,
      true,
      null,
    ]);
  });

  test('with its warnings, which explain a failure', () => {
    const succeeded = conclude(reported({ warnings: ['slow disk'] }, { warnings: ['MLflow is unavailable'] }));
    expect(JSON.parse(eventsOf(succeeded)[0]?.metadata ?? '')).toEqual({
      warnings: ['slow disk', 'MLflow is unavailable'],
    });
    const unsuccessful = conclude(reported({ status: 'failed', warnings: ['loss diverged'] }));
    expect(eventsOf(unsuccessful)).toMatchObject([{ error_message: 'loss diverged' }]);
  });

  test('together with the other trials of its result, each under an id of its own', () => {
    const others = [
      { ...TRIAL, trialId: 'u', spectralNorm: true },
      { ...TRIAL, trialId: 'v', status: 'skipped' as const },
    ];
    const events = eventsOf(conclude({ ...reported(), trials: [TRIAL, ...others] }));
    expect(events.map(({ event, trial_id }) => `${event} ${trial_id}`)).toEqual([
      'ml.trial.complete t',
      'ml.trial.complete u',
      'ml.trial.failed v',
    ]);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(3);
  });
});

describe('a result that cannot be an event is a failure that names the rule', () => {
  test.each([
    ['a metric with a bad name', reported({ metrics: { 'a\nb': 1 } }), /control characters/],
    ['NUL', reported({ parameters: { a: '\0' } }), /NUL/],
    ['too large', reported({ parameters: { a: 'x'.repeat(600_000) } }), /more than 524288 bytes/],
    ['no trial', reported({ trialId: 'another' }), /no trial t/],
  ])('%s', (_, outcome, message) => {
    const conclusion = conclude(outcome);
    expect(conclusion).toMatchObject({ kind: 'end', outcome: 'failed', attempt: { outcome: 'invalid_result' } });
    expect(eventsOf(conclusion)).toMatchObject([
      { event: 'ml.trial.failed', error_type: 'invalid_result', error_message: expect.stringMatching(message) },
    ]);
  });
});

describe('an attempt without a result', () => {
  test('may be repeated, and its last failure is the end of the trial', () => {
    const conclusion = conclude(failed());
    expect(conclusion).toMatchObject({ kind: 'fail', attempt: { outcome: 'timeout', duration_ms: 15_000.2 } });
    expect(eventsOf(conclusion)).toMatchObject([
      {
        event: 'ml.trial.failed',
        error_type: 'timeout',
        error_message: 'took longer than 15000 ms',
        duration_ms: 15_000,
      },
    ]);
  });

  test('is final when another attempt changes nothing', () => {
    const conclusion = conclude(failed({ reason: 'configuration', retryable: false, message: 'no script' }));
    expect(conclusion).toMatchObject({ kind: 'end', outcome: 'failed' });
  });

  test('has the class and the traceback of its exception, cut to the limit of a text', () => {
    const traceback = `Traceback\n${'x'.repeat(70_000)}`;
    const [event] = eventsOf(
      conclude(failed({ reason: 'exception', errorType: 'ValueError', message: 'bad', traceback })),
    );
    expect(event).toMatchObject({
      error_type: 'ValueError',
      error_message: expect.stringMatching(/^bad\n\nTraceback\n/),
    });
    expect((event as { error_message: string }).error_message).toHaveLength(65_536);
  });

  test('is cancelled by a request', () => {
    const conclusion = cancelledAttempt(failed({ reason: 'cancelled' }));
    expect(conclusion).toMatchObject({ kind: 'end', outcome: 'cancelled' });
    expect(eventsOf(conclusion)).toMatchObject([{ event: 'ml.run.stop', state: 'cancelled', trial_id: 't' }]);
  });
});

test('the end of an attempt carries its start if that is not known to be in Kafka', () => {
  const conclusion = concludeAttempt(SUBJECT, reported(), NOW, NOW - 500);
  expect(eventsOf(conclusion)).toMatchObject([
    { event: 'ml.trial.start', timestamp: NOW - 500, attempt: 2, hyperparams: '{"lr":0.1}' },
    { event: 'ml.trial.complete', timestamp: NOW },
  ]);
});

import { describe, expect, test } from '@jest/globals';
import type { TrialCommand } from '../../../src/avro/records.ts';
import { parseCancel, parseStart, parseTrials } from '../../../src/bridge/commands/parse-command.ts';
import { readInstruction } from '../../../src/bridge/queue/instruction.ts';
import { cancel, runTrial, startRun } from './queue-world.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('a trial is queued under a UUID, with its documents unchanged', () => {
  const command = runTrial('r', 't', { command_id: 'any text', hyperparams: '{"b": 1, "a": 12345678901234567890}' });
  expect(readInstruction(command, TRACE)).toEqual({
    ok: true,
    instruction: {
      kind: 'trial',
      run: { model_run_id: 'r', requested_at: command.requested_at, priority: 0, parallelism: null },
      trial: {
        model_run_id: 'r',
        trial_id: 't',
        command_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        requested_at: command.requested_at,
        priority: 0,
        hyperparams: '{"b": 1, "a": 12345678901234567890}',
        payload: null,
        spectral_norm: null,
        timeout_ms: null,
        correlation_id: null,
        traceparent: TRACE,
      },
    },
  });
});

test.each(['.', '..'])('a trial %s of another producer is not queued, but a queued one can be cancelled', (id) => {
  expect(readInstruction(runTrial('r', id), null)).toMatchObject({
    ok: false,
    message: expect.stringContaining('trial_id'),
  });
  expect(readInstruction(startRun(id, 1), null)).toMatchObject({ ok: false });
  expect(readInstruction(cancel('r', id, 5), null)).toMatchObject({ ok: true });
});

test('a cancel is of a run or of a trial', () => {
  expect(readInstruction(cancel('r', 't', 5), null)).toMatchObject({
    instruction: { kind: 'cancel', cancellation: { model_run_id: 'r', trial_id: 't', requested_at: 5 } },
  });
  expect(readInstruction({ ...cancel('r', null, 5), trial_id: 'ignored' }, null)).toMatchObject({
    instruction: { kind: 'cancel', cancellation: { model_run_id: 'r', trial_id: null } },
  });
});

describe('a command that breaks a rule is refused with every fault', () => {
  test.each<[string, TrialCommand, string[]]>([
    ['a trial without an id', { ...runTrial('r', 't'), trial_id: null }, ['trial_id']],
    ['an empty run', runTrial('', 't'), ['model_run_id']],
    ['NUL in an id', runTrial('r', 'a\0'), ['trial_id']],
    ['a time before the year 1', runTrial('r', 't', { requested_at: -1e15 }), ['requested_at']],
    ['no JSON', runTrial('r', 't', { hyperparams: '{', payload: '[1]' }), ['payload', 'hyperparams']],
    ['NUL in JSON', runTrial('r', 't', { hyperparams: '{"a": "\\u0000"}' }), ['hyperparams']],
    [
      'limits',
      runTrial('r', 't', { priority: 101, parallelism: 0, timeout_ms: 0 }),
      ['priority', 'parallelism', 'timeout_ms'],
    ],
    ['a study without a study', startRun('r', 1, { study: null }), ['study']],
    ['a study that is no JSON', startRun('r', 1, { study: '{' }), ['study']],
    ['a study of no trials', startRun('r', 0), ['study.n_trials']],
    [
      'a study whose trials have more payload than a store should keep',
      startRun('r', 100_000, { payload: JSON.stringify({ text: 'x'.repeat(10_727) }) }),
      ['payload'],
    ],
    [
      'a study with a bad space',
      startRun('r', 1, { study: '{"n_trials": 1, "search_space": {"x": 1}}' }),
      ['search_space.x'],
    ],
  ])('%s', (_, command, places) => {
    const read = readInstruction(command, null);
    expect(read.ok).toBe(false);
    for (const place of places) expect(read).toMatchObject({ message: expect.stringContaining(`${place} `) });
  });
});

test('every command of the routes can be queued', () => {
  const receipt = { receivedAt: 1_760_000_000_000, ids: { commandId: () => 'b2f1c9d0-0000-5000-8000-000000000001' } };
  const parsed = [
    parseStart({ n_trials: 3, search_space: { x: ['a', 'b'] }, spectral_norm: true, payload: { a: [1] } }, '', receipt),
    parseTrials([{ hyperparams: { x: 1 } }, { trial_id: 't', timeout_ms: 5, priority: -100 }], 'r', receipt),
    parseCancel('r', null, receipt),
    parseCancel('r', 't', receipt),
  ];
  const commands = parsed.flatMap((each) => (each.ok ? each.commands : []));
  expect(commands).toHaveLength(5);
  expect(commands.map((command) => readInstruction(command, null)).filter(({ ok }) => !ok)).toEqual([]);
});

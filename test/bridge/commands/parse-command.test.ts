import { describe, expect, test } from '@jest/globals';
import { freshIds, idempotentIds } from '../../../src/bridge/commands/command-ids.ts';
import {
  type CommandReceipt,
  type ParsedCommands,
  parseCancel,
  parseStart,
  parseTrials,
} from '../../../src/bridge/commands/parse-command.ts';
import type { Study } from '../../../src/bridge/commands/study-fields.ts';

const NOW = 1_760_000_000_000;
const receipt = (key?: string, client: 'key:1' | 'key:2' = 'key:1'): CommandReceipt => {
  let count = 0;
  const fresh = () => {
    count += 1;
    return `00000000-0000-7000-8000-${String(count).padStart(12, '0')}`;
  };
  return { receivedAt: NOW, ids: key === undefined ? freshIds(fresh) : idempotentIds(client, key) };
};
const commandsOf = (parsed: ParsedCommands) => {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.commands;
};
const faultsOf = (parsed: ParsedCommands) =>
  parsed.ok ? [] : parsed.faults.map(({ code, path }) => `${path} ${code}`.trim());

describe('a start', () => {
  const start = (body: unknown, from = receipt()) => parseStart(body, '', from);

  test('has a search over spectral_norm by default', () => {
    const [command] = commandsOf(start({ n_trials: 20, parallelism: 4 }));
    expect(command).toEqual({
      command_id: '00000000-0000-7000-8000-000000000001',
      operation: 'start_run',
      requested_at: NOW,
      model_run_id: 'study-00000000-0000-7000-8000-000000000001',
      trial_id: null,
      spectral_norm: null,
      hyperparams: null,
      payload: null,
      timeout_ms: null,
      correlation_id: null,
      priority: 0,
      parallelism: 4,
      study: expect.any(String),
    });
    expect(JSON.parse(command.study ?? '')).toEqual({
      n_trials: 20,
      search_space: { spectral_norm: { type: 'categorical', choices: [false, true], balanced: true } },
      metric: 'val_accuracy',
      direction: 'maximize',
      sampler: 'tpe',
      pruner: 'median',
      seed: null,
    } satisfies Study);
  });

  test('fixes spectral_norm for all trials when it is a boolean', () => {
    const [{ spectral_norm, study }] = commandsOf(start({ n_trials: 1, spectral_norm: 'true', seed: 7 }));
    expect([spectral_norm, JSON.parse(study ?? '')]).toMatchObject([
      true,
      { search_space: { spectral_norm: { type: 'categorical', choices: [true] } }, seed: 7 },
    ]);
  });

  test('keeps what it is given', () => {
    const body = {
      model_run_id: 'run-1',
      n_trials: 3,
      search_space: {
        lr: { type: 'float', low: 0.1, high: 1 },
        spectral_norm: { type: 'categorical', choices: [true] },
      },
      metric: 'loss',
      direction: 'minimize',
      sampler: 'random',
      pruner: 'median',
      priority: -5,
      timeout_ms: 1_000,
      payload: { epochs: 3 },
      correlation_id: 'c',
    };
    const [{ study, ...command }] = commandsOf(start(body));
    expect(command).toMatchObject({ model_run_id: 'run-1', priority: -5, timeout_ms: 1_000, correlation_id: 'c' });
    expect(command.payload).toBe('{"epochs":3}');
    const { search_space, metric, direction, sampler, pruner } = JSON.parse(study ?? '') as Study;
    expect({ metric, direction, sampler, pruner }).toEqual({
      metric: 'loss',
      direction: 'minimize',
      sampler: 'random',
      pruner: 'median',
    });
    expect(search_space.spectral_norm).toEqual({ type: 'categorical', choices: [true] });
  });

  test.each<[string, unknown, string[]]>([
    ['no object', [], ['invalid_type']],
    ['nothing', {}, ['n_trials missing_field']],
    ['no trial', { n_trials: 0 }, ['n_trials invalid_value']],
    ['too many trials', { n_trials: 100_001 }, ['n_trials invalid_value']],
    ['a number as text', { n_trials: '3' }, ['n_trials invalid_type']],
    ['a misspelt field', { n_trials: 1, paralellism: 4 }, ['paralellism invalid_value']],
    ['no room for a trial', { n_trials: 1, parallelism: 0 }, ['parallelism invalid_value']],
    [
      'a payload too large for the number of trials',
      { n_trials: 100_000, payload: { text: 'x'.repeat(10_727) } },
      ['payload invalid_value'],
    ],
    ['NUL', { n_trials: 1, payload: { a: 'x\0' } }, ['payload control_character']],
    ['a run with a line end', { n_trials: 1, model_run_id: 'a\nb' }, ['model_run_id control_character']],
    ['a time-out beyond a week', { n_trials: 1, timeout_ms: 604_800_001 }, ['timeout_ms invalid_value']],
    [
      'spectral_norm twice',
      { n_trials: 1, spectral_norm: true, search_space: { spectral_norm: { type: 'categorical', choices: [true] } } },
      ['spectral_norm field_conflict'],
    ],
    [
      'several faults, all of them',
      { n_trials: -1, direction: 'up', sampler: 3, seed: 1.5, spectral_norm: 'maybe', search_space: { x: 1 } },
      [
        'n_trials invalid_value',
        'search_space.x invalid_type',
        'spectral_norm invalid_value',
        'direction invalid_value',
        'sampler invalid_value',
        'seed invalid_value',
      ],
    ],
  ])('with %s is refused', (_, body, faults) => {
    expect(faultsOf(start(body))).toEqual(faults);
  });

  test('without an id gets one that starts with the prefix of the key', () => {
    const [{ model_run_id }] = commandsOf(parseStart({ n_trials: 1 }, 'team-a/', receipt()));
    expect(model_run_id).toMatch(/^team-a\/study-/);
  });
});

describe('an Idempotency-Key', () => {
  const idsOf = (body: object, from: CommandReceipt) => {
    const [{ command_id, model_run_id }] = commandsOf(parseStart(body, '', from));
    return { command_id, model_run_id };
  };

  test('makes the same command of the same request, at any time and with any content', () => {
    const once = idsOf({ n_trials: 1 }, receipt('k'));
    expect(idsOf({ n_trials: 1 }, { ...receipt('k'), receivedAt: NOW + 9 })).toEqual(once);
    expect(idsOf({ n_trials: 2 }, receipt('k'))).toEqual(once);
  });

  test('makes another command for another key, another client or another run', () => {
    const all = [
      idsOf({ n_trials: 1 }, receipt('k')),
      idsOf({ n_trials: 1 }, receipt('l')),
      idsOf({ n_trials: 1 }, receipt('k', 'key:2')),
      idsOf({ n_trials: 1, model_run_id: 'r' }, receipt('k')),
      idsOf({ n_trials: 1, model_run_id: 's' }, receipt('k')),
    ];
    expect(new Set(all.map(({ command_id }) => command_id)).size).toBe(all.length);
  });

  test('distinguishes start, trial and cancel, and the trials of one request', () => {
    const from = receipt('k');
    const ids = [
      ...commandsOf(parseStart({ n_trials: 1, model_run_id: 'r' }, '', from)),
      ...commandsOf(parseTrials([{}, {}, { trial_id: 't' }], 'r', from)),
      ...commandsOf(parseCancel('r', null, from)),
      ...commandsOf(parseCancel('r', 't', from)),
    ].map(({ command_id }) => command_id);
    expect(new Set(ids).size).toBe(6);
  });
});

describe('trials', () => {
  const trials = (body: unknown, run = 'run') => parseTrials(body, run, receipt());

  test('are one or many, named or not', () => {
    const named = { trial_id: 't-1', hyperparams: { lr: 0.1, spectral_norm: true }, payload: { a: 1 }, priority: 3 };
    const [first, second] = commandsOf(trials([named, { spectral_norm: 0, parallelism: 2 }]));
    expect(first).toMatchObject({ operation: 'run_trial', model_run_id: 'run', trial_id: 't-1', spectral_norm: true });
    expect(first).toMatchObject({ hyperparams: '{"lr":0.1,"spectral_norm":true}', payload: '{"a":1}', priority: 3 });
    expect(second).toMatchObject({ spectral_norm: false, hyperparams: null, parallelism: 2 });
    expect(second?.trial_id).toBe(`trial-${second?.command_id}`);
    expect(commandsOf(trials({}))).toHaveLength(1);
  });

  test.each<[string, unknown, string[]]>([
    ['none', [], ['invalid_value']],
    ['too many', Array.from({ length: 1_001 }, () => ({})), ['too_many']],
    ['no objects', [1, null], ['[0] invalid_type', '[1] invalid_type']],
    ['one twice', [{ trial_id: 't' }, { trial_id: 't' }], ['[1].trial_id invalid_value']],
    ['an empty id', { trial_id: '' }, ['trial_id invalid_value']],
    [
      'faults in several',
      [{ trial_id: 3 }, { hyperparams: [] }],
      ['[0].trial_id invalid_type', '[1].hyperparams invalid_type'],
    ],
    ['NUL', { hyperparams: { a: ['\0'] } }, ['hyperparams control_character']],
    ['two flags', { spectral_norm: false, hyperparams: { spectral_norm: true } }, ['spectral_norm field_conflict']],
    [
      'two flags in one of many',
      [{}, { spectral_norm: 1, hyperparams: { spectral_norm: 'false' } }],
      ['[1].spectral_norm field_conflict'],
    ],
  ])('with %s are refused', (_, body, faults) => {
    expect(faultsOf(trials(body))).toEqual(faults);
  });

  test.each([
    [{ hyperparams: { spectral_norm: 'true' } }, true],
    [{ hyperparams: { spectral_norm: 0 } }, false],
    [{ hyperparams: { spectral_norm: 1 }, spectral_norm: 'true' }, true],
    [{ hyperparams: { spectral_norm: 'maybe' } }, null],
  ])('have the flag of %j', (body, expected) => {
    expect(commandsOf(trials(body))[0].spectral_norm).toBe(expected);
  });

  test('of a run without a valid id are refused', () => {
    expect(faultsOf(trials({}, 'a\u0001'))).toEqual(['run control_character']);
    expect(faultsOf(parseCancel('r', 'x'.repeat(256), receipt()))).toEqual(['trial too_long']);
  });
});

test.each(['.', '..'])('nothing is started under the id %s, but what was can be cancelled', (id) => {
  expect(faultsOf(parseStart({ model_run_id: id, n_trials: 1 }, '', receipt()))).toEqual([
    'model_run_id invalid_value',
  ]);
  expect(faultsOf(parseTrials({ trial_id: id }, 'r', receipt()))).toEqual(['trial_id invalid_value']);
  expect(faultsOf(parseTrials({}, id, receipt()))).toEqual(['run invalid_value']);
  expect(commandsOf(parseCancel(id, id, receipt()))[0]).toMatchObject({ model_run_id: id, trial_id: id });
});

import { describe, expect, test } from '@jest/globals';
import type { TrialCommand } from '../../src/avro/records.ts';
import type { EventName, MlEvent } from '../../src/events/event.ts';
import { addCommand, addEvent, addTrial, emptyRow, GROUP_NAMES, GROUPS, type Row } from '../../src/events/merge.ts';
import { trialCommand } from '../support/trial-command.ts';
import { accept } from './receive.ts';

const ids = { model_run_id: 'r', trial_id: 't' };
const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
/** An event `second` seconds after a fixed hour; each call gives a greater id. */
let count = 0;
const at = (second: number, event: EventName, fields: object = {}): MlEvent => {
  count += 1;
  return accept(event, { ...ids, timestamp: 1_760_000_000_000 + second * 1_000, event_id: uuid(count), ...fields });
};
const start = (second: number, fields?: object) => at(second, 'ml.trial.start', fields);
const metric = (second: number, fields?: object) =>
  at(second, 'ml.run.metric', { measurements: { loss: 1 }, ...fields });
const complete = (second: number, fields?: object) => at(second, 'ml.trial.complete', fields);
const failed = (second: number, fields?: object) => at(second, 'ml.trial.failed', fields);
const stop = (second: number, state: string) => at(second, 'ml.run.stop', { state });

const command = (operation: TrialCommand['operation'], fields: Partial<TrialCommand> = {}): TrialCommand =>
  trialCommand({ command_id: uuid(0), operation, requested_at: 1_760_000_000_000, ...ids, ...fields });

type Told = MlEvent | TrialCommand;

function rowOf(told: readonly Told[]): Row {
  const row = emptyRow('r', 't');
  for (const item of told) {
    if ('event' in item) addEvent(row, item);
    else addCommand(row, item);
  }
  return row;
}

/** The columns of a row, by name; times in seconds as `at` takes them. */
function columnsOf({ said, started_at }: Row): Record<string, unknown> {
  const columns: Record<string, unknown> = {};
  const seconds = (time: unknown) => (Number(time) - 1_760_000_000_000) / 1_000;
  if (started_at !== null) columns.started_at = seconds(started_at);
  for (const group of GROUP_NAMES) {
    for (const [index, name] of GROUPS[group].entries()) {
      const value = said[group]?.values[index];
      if (value !== undefined && value !== null) columns[name] = name === 'completed_at' ? seconds(value) : value;
    }
  }
  return columns;
}

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, i) =>
        permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
      );

const RUNNING_SINCE_1 = { status: 'running', started_at: 1 };
const COMPLETED_AT_1 = { status: 'completed', completed_at: 1 };

describe('addEvent and addCommand, for every order and repetition of the records', () => {
  test.each<[string, Told[], Record<string, unknown>]>([
    ['a command', [command('run_trial')], { status: 'queued' }],
    [
      'what a command asks for',
      [command('run_trial', { hyperparams: '{"lr":1}', spectral_norm: true })],
      { status: 'queued', hyperparams: '{"lr":1}', spectral_norm: true },
    ],
    ['a start after its command', [command('run_trial'), start(1)], { status: 'running', started_at: 1 }],
    ['only metric points', [metric(1), metric(2)], { status: 'running' }],
    ['the least of two starts', [start(5), start(3)], { status: 'running', started_at: 3 }],
    ['a result', [start(1), complete(9)], { status: 'completed', started_at: 1, completed_at: 9 }],
    [
      'a result before its start, by the clock',
      [start(9), complete(1)],
      { status: 'completed', started_at: 9, completed_at: 1 },
    ],
    ['a metric point after the result', [complete(1), metric(9)], { status: 'completed', completed_at: 1 }],
    ['the later of two results', [complete(1), failed(2)], { status: 'failed', completed_at: 2 }],
    ['two results at one time: the greater id', [failed(2), complete(2)], { status: 'completed', completed_at: 2 }],
    ['the kinds of stop', [stop(1, 'completed'), stop(2, 'cancelled')], { status: 'cancelled', completed_at: 2 }],
    [
      'a pruned trial',
      [failed(2, { error_type: 'pruned' })],
      { status: 'skipped', completed_at: 2, error_type: 'pruned' },
    ],
    [
      'the error of a failure that a later result replaces',
      [failed(1, { error_type: 'E', error_message: 'm' }), complete(2)],
      { status: 'completed', completed_at: 2 },
    ],
    [
      'each group from the last record that speaks of it',
      [
        start(1, { hyperparams: { a: 1 }, spectral_norm: true, mlflow_run_id: 'm1' }),
        complete(2, { rank: 3, duration_ms: 5, metrics: { acc: 1 }, artifact_uri: 's3://a' }),
        start(3, { hyperparams: { b: 2 } }),
        metric(4, { mlflow_run_id: 'm2' }),
      ],
      {
        status: 'completed',
        started_at: 1,
        completed_at: 2,
        hyperparams: '{"b":2}',
        spectral_norm: true,
        mlflow_run_id: 'm2',
        rank: 3,
        duration_ms: 5,
        metrics: { acc: 1 },
        artifact_uri: 's3://a',
      },
    ],
    [
      'metrics whole, not key by key',
      [complete(1, { metrics: { a: 1 } }), complete(2, { metrics: { b: 2 } })],
      { status: 'completed', completed_at: 2, metrics: { b: 2 } },
    ],
    [
      'a trial whose first attempt fails late',
      [complete(1, { attempt: 2, metrics: { acc: 0.9 } }), failed(9, { attempt: 1, metrics: { acc: 0.1 } })],
      { status: 'completed', completed_at: 1, metrics: { acc: 0.9 } },
    ],
    [
      'a second attempt that starts after the first has ended',
      [complete(1, { attempt: 1 }), start(9, { attempt: 2 })],
      { status: 'running', started_at: 9 },
    ],
    [
      'a second attempt that is known by its points only',
      [failed(1, { attempt: 1 }), metric(2, { attempt: 2 })],
      { status: 'running' },
    ],
    ['the least start of all attempts', [start(1, { attempt: 1 }), start(5, { attempt: 2 })], RUNNING_SINCE_1],
    [
      'a second attempt that fails, without the results of the first',
      [
        complete(1, { attempt: 1, rank: 3, duration_ms: 5, metrics: { acc: 1 }, artifact_uri: 's3://a' }),
        start(2, { attempt: 2 }),
        failed(3, { attempt: 2, error_type: 'lost' }),
      ],
      { status: 'failed', started_at: 2, completed_at: 3, error_type: 'lost' },
    ],
    [
      'a second attempt that never started, without the results of the first',
      [complete(1, { attempt: 1, metrics: { acc: 1 } }), failed(3, { attempt: 2 })],
      { status: 'failed', completed_at: 3 },
    ],
    [
      'a second attempt whose start is later than its result, by the clock',
      [complete(1, { attempt: 2, rank: 3, duration_ms: 5, metrics: { acc: 1 } }), start(9, { attempt: 2 })],
      { status: 'completed', started_at: 9, completed_at: 1, rank: 3, duration_ms: 5, metrics: { acc: 1 } },
    ],
    [
      'a first attempt, with the results that were reported without a number',
      [complete(1, { metrics: { acc: 1 } }), start(2, { attempt: 1 })],
      { status: 'running', started_at: 2, metrics: { acc: 1 } },
    ],
    [
      'the settings of an earlier attempt, which the later one does not repeat',
      [
        command('run_trial', { hyperparams: '{"lr":1}' }),
        start(1, { attempt: 1, parameters: { lr: 1 }, spectral_norm: true, mlflow_run_id: 'm1' }),
        metric(2, { attempt: 2, mlflow_run_id: 'm2' }),
        metric(3, { attempt: 1, mlflow_run_id: 'm3' }),
      ],
      {
        status: 'running',
        started_at: 1,
        hyperparams: '{"lr":1}',
        parameters: '{"lr":1}',
        spectral_norm: true,
        mlflow_run_id: 'm2',
      },
    ],
    ['a trial that is queued again', [complete(1, { attempt: 1 }), command('run_trial')], COMPLETED_AT_1],
    [
      'metadata of a trial, not of its points',
      [start(1, { metadata: { host: 'a' } }), metric(2, { metadata: { lr: 1 } })],
      { status: 'running', started_at: 1, metadata: '{"host":"a"}' },
    ],
  ])('define the row of %s', (_, told, columns) => {
    for (const order of permutations(told)) {
      expect(columnsOf(rowOf(order))).toEqual(columns);
      expect(columnsOf(rowOf([...order, ...order]))).toEqual(columns);
    }
  });

  test('define one row for two records with the same id and time and different content', () => {
    const one = start(1, { hyperparams: { lr: 1 } });
    const other = { ...one, hyperparams: '{"lr":2}' } as MlEvent;
    expect(rowOf([one, other])).toEqual(rowOf([other, one]));
  });

  test('keep the result of a second attempt that has ended before 1970, by its clock', () => {
    const ended = { ...complete(1, { attempt: 2, rank: 3 }), timestamp: -1 } as MlEvent;
    for (const order of permutations([start(2, { attempt: 2 }), ended])) {
      expect(columnsOf(rowOf(order))).toMatchObject({ status: 'completed', rank: 3 });
    }
  });

  test('read an id that is not a UUID as its UUIDv5', () => {
    const event = { ...complete(1), event_id: 'not a uuid' };
    const asGiven = {
      ...event,
      event_id: accept('ml.trial.start', { ...ids, event_id: 'not a uuid' }).event_id,
    };
    expect(rowOf([event])).toEqual(rowOf([asGiven]));
  });
});

test.each<[string, Told[], string]>([
  ['a queued trial', [command('run_trial')], 'queued'],
  ['a trial that runs', [start(1)], 'running'],
  ['a trial that ended', [complete(1)], 'running'],
  ['a trial that runs for the second time', [failed(1, { attempt: 1 }), start(2, { attempt: 2 })], 'running'],
])('addTrial sets the status of the run of %s', (_, told, status) => {
  const run = emptyRow('r', null);
  addTrial(run, rowOf(told));
  expect(columnsOf(run)).toEqual({ status });
});

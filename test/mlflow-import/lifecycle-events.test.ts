import { describe, expect, test } from '@jest/globals';
import { faultsOf } from '../../src/events/event-faults.ts';
import { isUuid } from '../../src/events/ids.ts';
import { importedTrial } from '../../src/mlflow-import/imported-trial.ts';
import { endEvent, hasEnded, startEvent } from '../../src/mlflow-import/lifecycle-events.ts';
import { EXPERIMENT, point, STARTED, storedRun } from './runs.ts';

const NOW = STARTED + 1e9;

function eventsOf(differences: Parameters<typeof storedRun>[0] = {}, artifacts: readonly string[] = [], now = NOW) {
  const run = storedRun(differences);
  const trial = importedTrial(EXPERIMENT, run);
  return { start: startEvent(run, trial, now), end: endEvent(run, trial, artifacts, now) };
}

test('a run starts and ends at its own times, and both events name it', () => {
  const { start, end } = eventsOf({ params: new Map([['lr', '0.1']]) });
  const common = {
    model_run_id: 'old',
    trial_id: 'a'.repeat(32),
    mlflow_run_id: 'a'.repeat(32),
    hyperparams: '{"lr":0.1}',
  };
  expect(start).toMatchObject({ ...common, event: 'ml.trial.start', timestamp: STARTED });
  expect(end).toMatchObject({
    ...common,
    event: 'ml.trial.complete',
    timestamp: STARTED + 60_000,
    duration_ms: 60_000,
    metrics: { loss: 0.5 },
    artifact_uri: null,
  });
  for (const event of [start, end]) {
    expect(event && faultsOf(event)).toEqual([]);
    expect(isUuid(event?.event_id ?? '')).toBe(true);
  }
});

test.each([
  ['FINISHED', { event: 'ml.trial.complete' }],
  ['FAILED', { event: 'ml.run.stop', state: 'failed' }],
  ['KILLED', { event: 'ml.run.stop', state: 'cancelled' }],
])('a run that is %s ends with %j', (status, expected) => {
  expect(eventsOf({ status }).end).toMatchObject(expected);
  expect(hasEnded(storedRun({ status }))).toBe(true);
});

test.each(['RUNNING', 'SCHEDULED', 'NEW'])('a run that is %s has no end', (status) => {
  expect(eventsOf({ status }).end).toBeUndefined();
  expect(hasEnded(storedRun({ status }))).toBe(false);
});

test('a run without a start or an end has the time of its last point', () => {
  const { start, end } = eventsOf({
    startTimeMs: undefined,
    endTimeMs: undefined,
    latest: new Map([['loss', point(5)]]),
  });
  expect([start.timestamp, end?.timestamp]).toEqual([STARTED + 5, STARTED + 5]);
  expect(end).toMatchObject({ duration_ms: null });
});

test.each([
  [[], null],
  [['model.pth'], 'mlflow-artifacts:/7/a/artifacts/model.pth'],
  [['model.pth', 'notes.txt'], 'mlflow-artifacts:/7/a/artifacts'],
])('the artifacts %j have the address %j', (artifacts, expected) => {
  expect(eventsOf({}, artifacts).end).toMatchObject({ artifact_uri: expected });
});

test('the greatest double is infinity', () => {
  const latest = new Map([
    ['up', point(1, Number.MAX_VALUE)],
    ['down', point(1, -Number.MAX_VALUE)],
    ['nan', point(1, Number.NaN)],
  ]);
  const metrics = { up: Number.POSITIVE_INFINITY, down: Number.NEGATIVE_INFINITY, nan: Number.NaN };
  expect(eventsOf({ latest }).end).toMatchObject({ metrics });
});

describe('ids', () => {
  test('do not depend on the time of the import', () => {
    const [first, second] = [eventsOf(), eventsOf({}, [], NOW + 1)];
    expect(second.start.event_id).toBe(first.start.event_id);
    expect(second.end?.event_id).toBe(first.end?.event_id);
    expect(first.start.event_id).not.toBe(first.end?.event_id);
  });

  test('of a later state of the run are greater, so that it wins over an earlier one at the same time', () => {
    const ends = [59_000, 61_000, 90_000].map((ms) => eventsOf({ latest: new Map([['loss', point(ms)]]) }).end);
    const ids = ends.map((end) => end?.event_id ?? '');
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(3);
    expect(new Set(ends.map((end) => end?.timestamp)).size).toBe(1);
  });
});

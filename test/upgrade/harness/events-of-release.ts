import { randomUUID } from 'node:crypto';

const TRIALS = 12;
const STEPS = 6;

/** Events of every kind and shape that a release accepts, in requests of a few events. */
export function eventsOfRelease(): object[][] {
  const requests: object[][] = [];
  for (const run of ['baseline', 'spectral', 'Größe ∅']) {
    const about = { model_run_id: run, event_id: randomUUID() };
    requests.push([{ ...about, event: 'ml.run.start', metadata: { owner: 'team ü', tags: ['a', 1, null] } }]);
    for (let index = 0; index < TRIALS; index += 1) requests.push(trialEvents(run, index));
    requests.push([
      {
        event: 'ml.run.stop',
        event_id: randomUUID(),
        model_run_id: run,
        state: run === 'spectral' ? 'failed' : 'completed',
        duration_ms: 90_000,
        measurements: { best: 0.25 },
      },
    ]);
  }
  return requests;
}

function trialEvents(run: string, index: number): object[] {
  const trial = (event: string, more: object = {}) => ({
    event,
    event_id: randomUUID(),
    model_run_id: run,
    trial_id: `trial-${index}`,
    spectral_norm: index % 2 === 0,
    ...more,
  });
  const steps = Array.from({ length: STEPS }, (_, step) =>
    trial('ml.run.metric', {
      step,
      measurements: { loss: 1 / (step + index + 1), accuracy: step === 0 ? 'NaN' : step / STEPS },
    }),
  );
  const start = trial('ml.trial.start', { hyperparams: { lr: 10 ** -(index % 4), layers: [64, 32], name: '深い' } });
  return [start, ...steps, ...endOf(index, trial)];
}

/** The end of a trial: completed, failed, pruned, tried again after a failure, or none yet. */
function endOf(index: number, trial: (event: string, more?: object) => object): object[] {
  const completed = (attempt = 0) =>
    trial('ml.trial.complete', {
      attempt,
      metrics: { val_accuracy: 0.5 + index / 100, val_loss: 'Infinity' },
      parameters: { lr: 0.01 * (index + 1), optimizer: 'adam' },
      duration_ms: 1_000 + index,
      rank: index + 1,
      artifact_uri: `s3://models/trial-${index}`,
    });
  const failed = (type: string) => trial('ml.trial.failed', { error_type: type, error_message: `it is ${type}` });
  switch (index % 5) {
    case 0:
      return [failed('pruned')];
    case 1:
      return [failed('OutOfMemory'), trial('ml.trial.start', { attempt: 1 }), completed(1)];
    case 2:
      return [failed('ValueError')];
    case 3:
      return [];
    default:
      return [completed()];
  }
}

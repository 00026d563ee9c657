/** Events of a study as a fleet would send them: the same ones each time, so that figures and pictures can be compared. */
export interface StudyOptions {
  readonly run: string;
  readonly trials: number;
  readonly steps: number;
  /** Time of the first start, in epoch milliseconds. */
  readonly startAt: number;
  /** Trials at the end that still run. */
  readonly running?: number;
}

type Event = Readonly<Record<string, unknown>>;

const STEP_MS = 400;
const OPTIMIZERS = ['adam', 'sgd', 'lion'] as const;

/** A fixed sequence of numbers between 0 and 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The events of one study, trial by trial. */
export function studyEvents(options: StudyOptions): readonly Event[] {
  const { run, startAt } = options;
  const trials = Array.from({ length: options.trials }, (_, number) => trialEvents(options, number)).flat();
  return [{ event: 'ml.run.start', model_run_id: run, timestamp: startAt }, ...trials];
}

function trialEvents({ run, trials, steps, startAt, running = 0 }: StudyOptions, number: number): readonly Event[] {
  const random = randomOf(number * 977 + 13);
  const spectral_norm = number % 2 === 0;
  const learning_rate = 10 ** (-4 + 3 * random());
  const hyperparams = {
    learning_rate,
    optimizer: OPTIMIZERS[Math.floor(random() * OPTIMIZERS.length)],
    n_layers: 1 + Math.floor(random() * 6),
    dropout: Math.round(random() * 50) / 100,
  };
  const trial_id = `trial-${String(number).padStart(3, '0')}`;
  const startedAt = startAt + number * steps * STEP_MS * 0.12;
  const about = { model_run_id: run, trial_id, spectral_norm };
  const at = (step: number): number => Math.round(startedAt + step * STEP_MS);
  const goodness = 1 - Math.abs(Math.log10(learning_rate) + 2.6) / 2.2 + (spectral_norm ? 0.06 : 0) + random() * 0.05;
  const end = number % 11 === 7 ? Math.floor(steps * 0.4) : steps;
  const runs = number >= trials - running;
  const last = runs ? Math.floor(end * 0.5) : end;
  const points = Array.from({ length: last }, (_, step) => {
    const progress = 1 - Math.exp((-3.2 * step) / steps);
    const noise = (random() - 0.5) * 0.05;
    const diverged = number % 23 === 9 && step > steps * 0.6;
    return {
      event: 'ml.run.metric',
      ...about,
      step,
      timestamp: at(step),
      measurements: {
        val_accuracy: Math.min(0.995, 0.45 + 0.5 * goodness * progress + noise * (1 - progress / 2)),
        train_loss: diverged ? 'NaN' : Math.max(0.002, 2.3 * Math.exp(-3 * goodness * progress) + noise),
        lr: learning_rate * (1 - step / steps),
        gradient_norm: Math.abs(1 / (1 + step / 20) + noise * 4),
      },
    };
  });
  const start = { event: 'ml.trial.start', ...about, timestamp: at(0), hyperparams };
  if (runs) return [start, ...points];
  const done = { ...about, timestamp: at(last) + 200 };
  if (number % 11 === 7) {
    return [start, ...points, { event: 'ml.trial.failed', ...done, error_type: 'pruned', error_message: 'pruned' }];
  }
  if (number % 17 === 5) {
    const error_message = `Traceback (most recent call last):
  File "train.py", line 88, in train
    loss.backward()
RuntimeError: CUDA out of memory. Tried to allocate 2.20 GiB`;
    return [start, ...points, { event: 'ml.trial.failed', ...done, error_type: 'RuntimeError', error_message }];
  }
  const metrics = { ...points.at(-1)?.measurements };
  return [
    start,
    ...points,
    { event: 'ml.trial.complete', ...done, duration_ms: last * STEP_MS, metrics, parameters: hyperparams },
  ];
}

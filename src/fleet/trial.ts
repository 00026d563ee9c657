import { uuidV5 } from '../events/ids.ts';

/** The shape of a simulated fleet. */
export interface FleetPlan {
  readonly modelRunId: string;
  /** Trials started a second. */
  readonly trialsPerSecond: number;
  /** The time during which new trials are started, in seconds. */
  readonly seconds: number;
  /** Metric events of each trial. */
  readonly steps: number;
  /** From the start of a trial to its end, in milliseconds. */
  readonly trialMs: number;
  /** Share of trials that fail, from 0 to 1. */
  readonly failureShare: number;
  /** Events put into one request. */
  readonly batch: number;
}

/** An event as a training loop posts it, with the moment at which it is due. */
export interface PlannedEvent {
  /** Milliseconds after the start of the trial. */
  readonly dueMs: number;
  readonly body: Readonly<Record<string, unknown>> & {
    readonly event_id: string;
    readonly event: string;
    readonly trial_id: string;
  };
}

/** A number from 0 to 1 that depends only on `seed`, so that a simulation can be repeated exactly. */
const noise = (seed: string): number => Number.parseInt(uuidV5(seed).slice(0, 8), 16) / 0xffffffff;

/** All events of trial `index`, in order: its start, its metric points along a learning curve, its end. */
export function planTrial(plan: FleetPlan, index: number): PlannedEvent[] {
  const trial_id = `trial-${String(index).padStart(6, '0')}`;
  const seed = `${plan.modelRunId}/${trial_id}`;
  const spectral_norm = index % 2 === 0;
  const common = (event: string, name: string) => ({
    event,
    event_id: uuidV5(`${seed}/${name}`),
    model_run_id: plan.modelRunId,
    trial_id,
    spectral_norm,
    source: 'thunderline-simulate',
  });
  const hyperparams = { learning_rate: 10 ** (-4 + 3 * noise(`${seed}/lr`)), n_layers: 1 + (index % 6) };
  const ceiling = 0.8 + 0.15 * noise(`${seed}/ceiling`) + (spectral_norm ? 0.02 : 0);
  const accuracyAt = (step: number) => ceiling * (1 - Math.exp((-3 * (step + 1)) / plan.steps));
  const stepMs = plan.trialMs / (plan.steps + 1);

  const points = Array.from({ length: plan.steps }, (_, step): PlannedEvent => {
    const accuracy = accuracyAt(step);
    const measurements = { train_loss: -Math.log(Math.max(accuracy, 1e-3)), val_accuracy: accuracy };
    return { dueMs: (step + 1) * stepMs, body: { ...common('ml.run.metric', `step-${step}`), step, measurements } };
  });
  const failed = noise(`${seed}/fails`) < plan.failureShare;
  const metrics = { val_accuracy: accuracyAt(plan.steps - 1) };
  const end = failed
    ? { ...common('ml.trial.failed', 'end'), error_type: 'simulated', error_message: 'this trial was planned to fail' }
    : {
        ...common('ml.trial.complete', 'end'),
        metrics,
        parameters: hyperparams,
        duration_ms: Math.round(plan.trialMs),
      };
  return [
    { dueMs: 0, body: { ...common('ml.trial.start', 'start'), hyperparams } },
    ...points,
    { dueMs: plan.trialMs, body: end },
  ];
}

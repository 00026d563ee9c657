/** One trial as its example must leave it in the tables. */
export interface ExpectedTrial {
  readonly modelRunId: string;
  readonly trialId: string;
  readonly status: 'completed' | 'failed' | 'skipped';
  readonly errorMessage?: string;
  /** Points by metric name. A name that is absent here is not looked at. */
  readonly points: Readonly<Record<string, number>>;
  /** Hyperparameters that the row must hold, among others. */
  readonly hyperparams?: Readonly<Record<string, unknown>>;
  /** Whether the trial must be linked to an MLflow run. */
  readonly linked?: boolean;
}

/** The scripts in `workers/examples/`, each with the trials it reports. */
export const EXAMPLES: Readonly<Record<string, readonly ExpectedTrial[]>> = {
  plain: [trial('plain', { loss: 20, 'weights/mean': 20 }, { hyperparams: { lr: 0.1, 'model.width': 8 } })],
  lightning_trainer: [trial('lightning', { train_loss: 16, test_loss: 1 }, { hyperparams: { width: 8 } })],
  keras_fit: [trial('keras', { val_loss: 3, 'batch/loss': 6 }, { hyperparams: { optimizer: 'sgd', 'fit.epochs': 3 } })],
  huggingface_trainer: [
    trial('huggingface', { loss: 16, eval_loss: 2 }, { hyperparams: { run_name: 'huggingface', num_train_epochs: 2 } }),
  ],
  accelerate_loop: [trial('accelerate', { train_loss: 10 }, { hyperparams: { lr: 0.1 } })],
  xgboost_train: [trial('xgboost', { 'valid/rmse': 30 }, { hyperparams: { max_depth: 3, eta: 0.3 } })],
  lightgbm_train: [trial('lightgbm', { 'valid_0/l2': 30 }, { hyperparams: { num_leaves: 7 } })],
  optuna_study: [
    ...[0, 3, 4, 5].map((number) => optunaTrial(number, { status: 'completed' })),
    optunaTrial(1, { status: 'skipped', errorMessage: 'hopeless' }),
    optunaTrial(2, { status: 'failed', errorMessage: 'broken' }),
  ],
  mlflow_runs: [trial('mlflow-0', { loss: 3 }, { linked: true }), trial('mlflow-1', { loss: 3 }, { linked: true })],
};

function trial(trialId: string, points: ExpectedTrial['points'], rest: Partial<ExpectedTrial> = {}): ExpectedTrial {
  return { modelRunId: 'examples', trialId, status: 'completed', points, ...rest };
}

function optunaTrial(number: number, rest: Partial<ExpectedTrial>): ExpectedTrial {
  return trial(`trial_00${number}`, { loss: 5 }, { modelRunId: 'optuna-example', ...rest });
}

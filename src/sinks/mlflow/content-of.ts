import type { Result } from '../../mlflow/ask.ts';
import { MlflowUnavailable } from '../../mlflow/mlflow-unavailable.ts';
import { RunRefused } from './send-bisected.ts';

/** MLflow refuses the data of a call that has no smaller part. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';
}

/**
 * The content of an answer. A refusal is thrown as {@link RunRefused} if it concerns the run or the experiment, as
 * {@link CallRefused} if it concerns the data, and otherwise as {@link MlflowUnavailable}.
 */
export function contentOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  const { kind, message } = result.refusal;
  if (kind === 'data') throw new CallRefused(message);
  if (kind === 'unclear' || kind === 'race') throw new MlflowUnavailable('crash', message);
  throw new RunRefused({ kind, message });
}

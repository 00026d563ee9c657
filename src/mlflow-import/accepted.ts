import type { Result } from '../mlflow/ask.ts';

/** MLflow refuses to return a run or its history. Another attempt has the same result. */
export class MlflowRefused extends Error {
  override readonly name = 'MlflowRefused';
}

/** The content of an answer. Throws {@link MlflowRefused} with MLflow's words. */
export function accepted<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new MlflowRefused(result.refusal.message);
}

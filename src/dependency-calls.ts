import type { Metrics } from './metrics.ts';

/** The dependencies whose calls are counted by result; Kafka has metrics of its own (`producer_*`, `stage_*`). */
export type CalledDependency = 'postgres' | 's3' | 'registry' | 'mlflow';

/** `refused`: it answered, about the request or its data. `failed`: it did not answer, or cannot serve the request now. */
export type CallResult = 'ok' | 'refused' | 'failed';

/** Starts the clock of one call. The function that it returns counts the call; call it when the call ends. */
export type StartCall = () => (result: CallResult) => void;

export function countCalls(metrics: Metrics, dependency: CalledDependency): StartCall {
  return () => {
    const startedAt = performance.now();
    return (result) => {
      metrics.dependencyCalls.inc({ dependency, result });
      metrics.dependencySeconds.observe({ dependency }, (performance.now() - startedAt) / 1_000);
    };
  };
}

/** Counts one call. @param resultOf sorts the error of a call that rejects. */
export async function countCall<T>(
  start: StartCall,
  call: () => Promise<T>,
  resultOf: (error: unknown) => Exclude<CallResult, 'ok'>,
): Promise<T> {
  const end = start();
  try {
    const result = await call();
    end('ok');
    return result;
  } catch (error) {
    end(resultOf(error));
    throw error;
  }
}

import type { WorkerCall } from './workers.ts';

/** Reports that wait for their answers; a worker sends the next one after the answer. */
export const MAX_REPORTS = 8;

/** Whether the study of a trial prunes it at this value; false if the study fails or does not answer in time. */
export async function shouldPrune(
  call: Pick<WorkerCall, 'report'>,
  step: number,
  value: number,
  timeoutMs: number,
): Promise<boolean> {
  if (call.report === undefined) return false;
  const timeout = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => timeout.resolve(false), timeoutMs);
  try {
    return await Promise.race([call.report(step, value), timeout.promise]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

import type { RunList } from '../../src/queries/shapes.ts';
import type { RequestJson } from '../api/request.ts';

const LOOKS = 20;
const BETWEEN_LOOKS_MS = 250;

/**
 * Resolves when the tables have a run that was just started, after a few seconds, or when they cannot be read: the run has started, and its
 * page waits for it then.
 */
export async function untilListed(run: string, request: RequestJson, pauseMs = BETWEEN_LOOKS_MS): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    const list = await request<RunList>(`/api/runs?q=${encodeURIComponent(run)}`).catch(() => undefined);
    if (list === undefined || list.runs.some(({ model_run_id }) => model_run_id === run)) return;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

import type { QueuedRun } from '../../store/queries/bridge-report.ts';

const trialsBefore = (count: number): string =>
  count === 1 ? '1 trial of another run comes before' : `${count} trials of other runs come before`;

/** Why the queued trials of a run wait, in one sentence with the remedy. */
export function describeWait(run: QueuedRun): string {
  const { reason, running, parallelism, slots, busy, before, run_after, pause_reason, model_run_id } = run;
  switch (reason) {
    case null:
      return run.held > 0 ? `its trials are held: npx thunderline queue release ${JSON.stringify(model_run_id)}` : '';
    case 'run_held':
      return `the run is held: npx thunderline queue release ${JSON.stringify(model_run_id)}`;
    case 'no_bridge':
      return 'no bridge is alive: start one with "thunderline serve --roles bridge"';
    case 'bridges_paused':
      return `every bridge has paused: ${pause_reason}`;
    case 'parallelism':
      return `${running} of its trials run, and its parallelism is ${parallelism}`;
    case 'retry_pause':
      return `its trials wait for a retry, the first at ${run_after?.toISOString()}`;
    case 'workers_busy':
      return before === 0
        ? `all ${slots} workers are busy; this run is next`
        : `all ${slots} workers are busy, and ${trialsBefore(before)}`;
    case 'about_to_start':
      return `${slots - busy} of ${slots} workers are free; ${trialsBefore(before)}`;
  }
}

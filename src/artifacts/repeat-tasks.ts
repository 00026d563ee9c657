import type { Log } from '../log.ts';
import { OutageLog } from '../outage-log.ts';

/** Tasks by what they do, for the log. */
export type Tasks = Readonly<Record<string, () => Promise<void>>>;

/**
 * Runs the tasks one after another, at once and then after each pause. A task that fails does not hold up the others.
 */
export function repeatTasks(tasks: Tasks, pauseMs: number, log: Log): { stop(): Promise<void> } {
  const outages = new OutageLog(log);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running = run();

  async function run(): Promise<void> {
    for (const [what, task] of Object.entries(tasks)) {
      if (stopped) return;
      try {
        await task();
        outages.recovered(what, {}, `can ${what} again`);
      } catch (cause) {
        outages.failed(what, { cause }, `cannot ${what}; retrying`);
      }
    }
    if (stopped) return;
    timer = setTimeout(() => {
      running = run();
    }, pauseMs);
  }

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

import { post } from './live-world.ts';

const TRIALS = 20;
const PER_SECOND = 1_000;
const BATCH = 50;

/** Events that are posted at a steady rate, each with one point: trial `t0` to `t19`, steps from 0 on. */
export interface PointLoad {
  /** Points that were accepted, as `trial step`. */
  readonly accepted: Set<string>;
  /** Ends it, and resolves when the last batch is accepted. */
  stop(): Promise<void>;
}

export function startPointLoad(url: string, run: string): PointLoad {
  const accepted = new Set<string>();
  let isStopped = false;
  let sent = 0;
  async function load(): Promise<void> {
    const startedAt = performance.now();
    while (!isStopped) {
      const points = Array.from({ length: BATCH }, (_, index) => {
        const number = sent + index;
        return { trial: `t${number % TRIALS}`, step: Math.floor(number / TRIALS) };
      });
      await post(
        url,
        points.map(({ trial, step }) => ({
          event: 'ml.run.metric',
          model_run_id: run,
          trial_id: trial,
          measurements: { loss: 1 / (step + 1) },
          step,
        })),
      );
      for (const { trial, step } of points) accepted.add(`${trial} ${step}`);
      sent += BATCH;
      const dueIn = (sent / PER_SECOND) * 1_000 - (performance.now() - startedAt);
      if (dueIn > 0) await new Promise((resolve) => setTimeout(resolve, dueIn));
    }
  }
  const running = load();
  return {
    accepted,
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Started } from '../process.ts';
import { mean } from '../statistics.ts';
import { type Figure, format } from '../table.ts';
import { runWrk, type WrkPlan } from './wrk.ts';

const MEBIBYTE = 1_048_576;
const MOST_BYTES = 400_000_000;
const SAMPLE_MS = 2_000;
/** Growth from the first half of the run to the second that counts as noise. */
const FLAT = 1.05;

/** Measures the memory of the largest process of a gateway at saturation. */
export async function measureSoak(gateway: Started, plan: WrkPlan): Promise<Figure> {
  const samples: number[] = [];
  let over = false;
  const load = runWrk(plan).finally(() => {
    over = true;
  });
  load.catch(() => undefined);
  while (!over) {
    await sleep(SAMPLE_MS);
    samples.push(gateway.residentBytes());
    console.log(`${samples.length * (SAMPLE_MS / 1_000)} s: ${format((samples.at(-1) ?? 0) / MEBIBYTE)} MiB`);
  }
  const { requestsPerSecond, failed } = await load;
  // The first tenth warms up.
  const warm = samples.slice(Math.ceil(samples.length / 10));
  const [first, second] = [warm.slice(0, warm.length >> 1), warm.slice(warm.length >> 1)].map(mean);
  const growth = (second ?? 0) / (first ?? 1);
  const most = Math.max(...samples);
  return {
    work: `Memory of a process, ${plan.connections} connections at saturation for ${plan.seconds} s (${format(requestsPerSecond)} req/s)`,
    measured: `at most ${format(most / 1e6)} MB, second half ${format((growth - 1) * 100, 1)} % above the first${failed ? `; ${failed}` : ''}`,
    toReach: 'flat, under 400 MB a process',
    met: most < MOST_BYTES && growth < FLAT,
  };
}

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installTestPython } from '../test/runner/python.ts';
import { type Figure, format } from './table.ts';

/** The output of `python -m benchmarks.client --json`; percentages relate to the time of the training loop. */
interface ClientFigures {
  readonly enqueued_events_per_s: number;
  readonly call_p50_us: number;
  readonly slowdown_python_percent: number;
  readonly slowdown_numpy_percent: number;
}

/** The Python client: its rate, and its cost to a training loop that logs 1,000 events a second. */
export async function run(): Promise<readonly Figure[]> {
  const python = await installTestPython();
  const { stdout } = await promisify(execFile)(python, ['-m', 'benchmarks.client', '--json'], {
    cwd: join(import.meta.dirname, '../workers'),
    // Matrices on one of two cores: the other is for the server, which a training machine does not have.
    env: { ...process.env, THUNDERLINE_URL: '', OPENBLAS_NUM_THREADS: '1' },
  }).catch((error: { stdout?: string }) => {
    // It exits 1 when a target is missed, and prints the figures nevertheless.
    if (error.stdout?.startsWith('{')) return { stdout: error.stdout };
    throw error;
  });
  const figures = JSON.parse(stdout) as ClientFigures;
  const slowdown = (library: string, percent: number): Figure => ({
    work: `Python client: a training loop in ${library} that logs 1,000 events/s`,
    measured: `${format(percent, 2)} % slower`,
    toReach: 'under 1 %',
    met: percent < 1,
  });
  return [
    {
      work: 'Python client: events enqueued by one thread',
      measured: `${format(figures.enqueued_events_per_s)} events/s`,
      toReach: 'at least 100,000 events/s',
      met: figures.enqueued_events_per_s >= 100_000,
    },
    {
      work: 'Python client: one call, median',
      measured: `${format(figures.call_p50_us, 1)} us`,
      toReach: 'under 2 us',
      met: figures.call_p50_us < 2,
    },
    slowdown('pure Python', figures.slowdown_python_percent),
    slowdown('numpy', figures.slowdown_numpy_percent),
  ];
}

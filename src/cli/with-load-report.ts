import type { LoadTally } from '../fleet/load-tally.ts';
import { summaryOf } from '../fleet/summary.ts';
import { printLine } from './print-line.ts';
import { drawProgress, type ProgressView } from './progress.ts';

/** Runs a load until it ends or Ctrl-C ends it, shows its progress, and prints a summary. */
export async function withLoadReport(
  tally: LoadTally,
  view: () => ProgressView,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  const progress = drawProgress(process.stderr, view);
  try {
    await run(stop.signal);
  } finally {
    process.off('SIGINT', onInterrupt);
    progress.end();
  }
  for (const line of summaryOf(tally)) printLine(line);
}

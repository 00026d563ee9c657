import type { Duplex } from 'node:stream';
import { createLineReader } from '../process/line-reader.ts';
import { MAX_REPORTS, shouldPrune } from './should-prune.ts';
import { pruneLine, readWorkerLine } from './warm-lines.ts';
import type { WorkerCall } from './workers.ts';

/** A report has a step and a number. */
const MAX_LINE_BYTES = 4_096;

/**
 * Answers the reports of a script that runs one operation, in the lines of warm workers: `{"report"}` in, `{"prune"}` out.
 *
 * @param refuse called with what is wrong with a line.
 */
export function answerReports(
  channel: Duplex,
  call: Pick<WorkerCall, 'report'>,
  reportMs: number,
  refuse: (why: string) => void,
): void {
  let waiting = 0;
  async function answer(line: Buffer): Promise<void> {
    const read = readWorkerLine(line);
    if (read.kind !== 'report')
      return refuse(read.kind === 'invalid' ? read.why : `a line has the member ${read.kind}`);
    if (waiting === MAX_REPORTS) return refuse('reports do not wait for answers');
    waiting += 1;
    const prune = await shouldPrune(call, read.step, read.value, reportMs);
    waiting -= 1;
    if (channel.writable) channel.write(pruneLine(prune));
  }
  const lines = createLineReader(MAX_LINE_BYTES, (line) => void answer(line));
  channel.on('data', (chunk: Buffer) => {
    try {
      lines.add(chunk);
    } catch (error) {
      // Thrown from here, an error would end the bridge.
      refuse((error as Error).message);
    }
  });
}

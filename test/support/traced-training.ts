import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT } from '../../dev/stack/folders.ts';
import { installTestPython } from '../runner/python.ts';

const run = promisify(execFile);

/** The span of a training loop in which a point was logged. */
export interface TrainingSpan {
  readonly traceId: string;
  readonly spanId: string;
}

/** Runs a training loop that logs one point, at a gateway, in a sampled span. */
export async function trainTraced(gatewayUrl: string): Promise<TrainingSpan> {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-traced-'));
  try {
    const { stdout } = await run(
      await installTestPython(),
      [join(import.meta.dirname, 'traced-training.py'), gatewayUrl],
      { env: { PATH: process.env.PATH, HOME: folder, PYTHONPATH: join(PROJECT, 'workers') } },
    );
    const [traceId = '', spanId = ''] = stdout.trim().split(' ');
    return { traceId, spanId };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The names of the spans that a point has behind its request: its batch, and the work of each stage and sink. */
export const spansBehindRequest = (topicPrefix: string): readonly string[] => [
  `send ${topicPrefix}ml.events`,
  `router process ${topicPrefix}ml.events`,
  `archive process ${topicPrefix}ml.events`,
  `postgres process ${topicPrefix}ml.events.realtime`,
];

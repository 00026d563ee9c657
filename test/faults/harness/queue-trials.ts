import { loadConfig } from '../../../src/config.ts';
import { withConnections } from '../../../src/connections.ts';
import { createLog } from '../../../src/log.ts';
import { trialCommand } from '../../support/trial-command.ts';
import type { FaultWorld } from './fault-world.ts';
import { produce } from './produce.ts';

/** Requests trials that no worker takes: they stay queued. */
export async function queueTrials(world: FaultWorld, modelRunId: string, count: number): Promise<void> {
  const settings = { purpose: 'test', registers: ['ml.commands'] } as const;
  const config = loadConfig(world.environment);
  const codec = await withConnections(config, createLog('silent'), settings, (connections) => connections.codec());
  const values = Array.from({ length: count }, (_, index) =>
    codec.encode(
      'ml.commands',
      'TrialCommand',
      trialCommand({
        command_id: `${modelRunId}-${index}`,
        operation: 'run_trial',
        requested_at: Date.now(),
        model_run_id: modelRunId,
        trial_id: `queued-${index}`,
        spectral_norm: index % 2 === 0,
        hyperparams: JSON.stringify({ n_layers: index }),
      }),
    ),
  );
  await produce(world, 'ml.commands', values);
}

import { Address } from '../../../src/address.ts';
import { createCodec } from '../../../src/avro/codec.ts';
import { connectRegistry } from '../../../src/avro/registry.ts';
import { loadSchemas } from '../../../src/avro/schemas.ts';
import { produce } from './produce.ts';
import type { FaultWorld } from './world.ts';

/** Asks for trials that no worker will take up: they stay queued. */
export async function queueTrials(world: FaultWorld, modelRunId: string, count: number): Promise<void> {
  const registry = connectRegistry({ url: new Address(world.environment.SCHEMA_REGISTRY_URL ?? '') });
  const codec = await createCodec(registry, loadSchemas(), world.topicPrefix, ['ml.commands']);
  const values = Array.from({ length: count }, (_, index) =>
    codec.encode('ml.commands', 'TrialCommand', {
      ...{ command_id: `${modelRunId}-${index}`, operation: 'run_trial', requested_at: Date.now() },
      ...{ model_run_id: modelRunId, trial_id: `queued-${index}`, spectral_norm: index % 2 === 0 },
      ...{ hyperparams: JSON.stringify({ n_layers: index }), payload: null, timeout_ms: null, correlation_id: null },
    }),
  );
  await produce(world, 'ml.commands', values);
}

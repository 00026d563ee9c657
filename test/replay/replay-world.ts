import fc from 'fast-check';
import type { ArtifactStored, TrialCommand } from '../../src/avro/records.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { type MlEvent, trialKey } from '../../src/events/event.ts';
import { createLog } from '../../src/log.ts';
import { roleNamed } from '../../src/pipeline.ts';
import { artifactRecord } from '../../src/producers/artifact-record.ts';
import { eventRecord } from '../../src/producers/event-producer.ts';
import type { OutgoingRecord } from '../../src/record.ts';
import type { ReplayReport } from '../../src/replay/replay.ts';
import { serve } from '../../src/serve.ts';
import { openStore } from '../../src/sinks/archive/open-store.ts';
import { topicName } from '../../src/topics.ts';
import { crowdedEventArbitrary, eventArbitrary } from '../arbitraries/events.ts';
import { commandArbitrary, crowdedArtifactArbitrary } from '../arbitraries/records.ts';
import { createRuntimeWorld, type RuntimeWorld } from '../runtime/runtime-world.ts';
import { Tables } from '../sinks/postgres/tables.ts';
import { eventually } from '../support/eventually.ts';
import { lagOf } from '../support/lag-of.ts';
import { type ReplaySettings, runReplay } from './run-replay.ts';

const TRACE = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
const OBJECT_AGE_MS = 1_000;
const ROLES = ['router', 'postgres', 'archive'] as const;

/** A whole system whose tables can be emptied and rebuilt from its topics and its archive. */
export interface ReplayWorld extends RuntimeWorld {
  readonly config: Config;
  readonly tables: Tables;
  /** Address of its archive. */
  readonly archive: { readonly bucket: string; readonly prefix: string };
  /** Writes events, commands and reports of stored objects as the gateway does. */
  tell(told: readonly Told[]): Promise<void>;
  /** Runs the live system until it has handled every record. */
  settle(): Promise<void>;
  replay(options: ReplaySettings): Promise<ReplayReport>;
  /** Keys of the objects below a prefix. */
  archived(prefix: string): Promise<string[]>;
}

/** A record of any kind that defines rows. */
type Told = MlEvent | TrialCommand | ArtifactStored;

/** The same records each time: some about anything, some about a few trials at the same few moments. */
export const told = (): Told[] => [
  ...fc.sample(crowdedEventArbitrary, { numRuns: 400, seed: 1 }),
  ...fc.sample(eventArbitrary, { numRuns: 150, seed: 2 }),
  ...fc.sample(commandArbitrary, { numRuns: 100, seed: 3 }),
  ...fc.sample(crowdedArtifactArbitrary, { numRuns: 50, seed: 4 }),
];

export async function createReplayWorld(): Promise<ReplayWorld> {
  const world = await createRuntimeWorld();
  const environment = {
    ...world.environment,
    ARCHIVE_PREFIX: `${world.bucketPrefix}archive`,
    ARCHIVE_OBJECT_AGE_MS: String(OBJECT_AGE_MS),
  };
  const config = loadConfig(environment);
  const { codec, topicPrefix, admin } = world;
  const tables = new Tables(world.databaseUrl);
  await tables.open();

  function recordOf(item: Told): OutgoingRecord {
    const events = topicName(topicPrefix, 'ml.events');
    if ('size_bytes' in item) return artifactRecord(codec, events, item, TRACE);
    if ('event' in item) return eventRecord(codec, events, item, TRACE);
    const value = codec.encode('ml.commands', 'TrialCommand', item);
    return { topic: topicName(topicPrefix, 'ml.commands'), key: trialKey(item), value };
  }

  return {
    ...world,
    environment,
    config,
    tables,
    archive: { bucket: config.s3.bucket, prefix: config.archive.prefix },
    tell: (items) => world.sender.send(items.map(recordOf)),

    async settle() {
      const serving = await serve(config, ROLES.map(roleNamed), createLog('silent'));
      try {
        // Records on their way through the router are not yet part of the lag of the sink.
        for (const role of ROLES) await eventually(async () => (await lagOf(admin, topicPrefix, role)) === 0);
      } finally {
        await serving.stop();
      }
    },

    replay: (settings) => runReplay(config, settings),

    async archived(prefix) {
      const store = openStore(config.s3);
      try {
        const keys: string[] = [];
        for await (const key of store.list(prefix)) keys.push(key);
        return keys;
      } finally {
        store.close();
      }
    },

    async close() {
      await tables.close();
      await world.close();
    },
  };
}

import fc from 'fast-check';
import type { ReadRecord } from '../../../src/runtime/sink.ts';
import type { DecodedRecord } from '../../../src/runtime/stage.ts';
import { crowdedEventArbitrary } from '../../arbitraries/events.ts';
import { accept } from '../../events/receive.ts';
import { cuttable } from '../../support/cuttable.ts';
import type { SinkHarness } from '../../support/sink-contract.ts';
import { createWorld } from '../../support/world.ts';
import { openSink } from './open-sink.ts';
import { recordOf } from './records.ts';
import { Tables } from './tables.ts';

const isDecoded = (record: ReadRecord): record is DecodedRecord => record.content !== undefined;

/** The Postgres sink on a database of its own. */
export async function createPostgresHarness(): Promise<SinkHarness> {
  const world = await createWorld();
  const connection = await cuttable(world.databaseUrl);
  const tables = new Tables(world.databaseUrl);
  await tables.open();
  const metric = accept('ml.run.metric', { model_run_id: 'r', trial_id: 't', measurements: { loss: 1 } });
  return {
    records: fc.sample(crowdedEventArbitrary, { numRuns: 40, seed: 4 }).map(recordOf),
    bad: [
      { record: recordOf({ ...metric, model_run_id: '' }), code: 'rejected_by_database' },
      { record: recordOf({ ...metric, trial_id: 'a\0b' }), code: 'rejected_by_database' },
    ],
    order: 'any',
    connection,
    async open() {
      const sink = await openSink(connection.url);
      return { write: (records) => sink.write(records.filter(isDecoded)), close: () => sink.close() };
    },
    content: () => tables.content(),
    empty: () => tables.empty(),
    async close() {
      await tables.close();
      await connection.close();
      await world.close();
    },
  };
}

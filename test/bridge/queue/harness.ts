import type { TrialCommand } from '../../../src/avro/records.ts';
import { createCommandSink } from '../../../src/bridge/queue/command-sink.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics } from '../../../src/metrics.ts';
import type { ReadRecord } from '../../../src/runtime/sink.ts';
import type { DecodedRecord } from '../../../src/runtime/stage.ts';
import { createPool, POOL_TIMEOUTS } from '../../../src/store/pool.ts';
import { cuttable } from '../../support/cuttable.ts';
import type { SinkHarness } from '../../support/sink-contract.ts';
import { cancel, createQueueWorld, recordOf, runTrial, startRun, trialsOf } from './queue-world.ts';

const NOW = Date.now();

/** Commands of several runs, with cancellations that arrive before or after the trials they are about. */
const COMMANDS: readonly TrialCommand[] = [
  ...trialsOf('plain', 6, { requested_at: NOW }),
  startRun('study', 10, { requested_at: NOW, priority: 3, parallelism: 2 }),
  runTrial('study', 'extra', { requested_at: NOW }),
  ...trialsOf('cancelled', 3, { requested_at: NOW }),
  cancel('cancelled', null, NOW),
  ...trialsOf('partly', 3, { requested_at: NOW }),
  runTrial('partly', 'later', { requested_at: NOW + 2 }),
  cancel('partly', 't001', NOW),
  cancel('partly', 'never-commanded', NOW),
  cancel('never-started', null, NOW),
  ...trialsOf('old', 2, { requested_at: NOW - 100_000_000 }),
];

const isDecoded = (record: ReadRecord): record is DecodedRecord => record.content !== undefined;

/** The sink of the bridge on a queue of its own. */
export async function createCommandHarness(): Promise<SinkHarness> {
  const world = await createQueueWorld();
  const connection = await cuttable(world.databaseUrl);
  const log = createLog('silent');
  return {
    records: COMMANDS.map(recordOf),
    bad: [
      { record: recordOf({ ...runTrial('plain', 'x'), trial_id: null }), code: 'invalid_command' },
      { record: recordOf(runTrial('plain', 'a\0b')), code: 'invalid_command' },
    ],
    order: 'any',
    connection,
    async open() {
      const pool = createPool({ ...POOL_TIMEOUTS, databaseUrl: connection.url, poolSize: 4 }, log);
      const sink = createCommandSink({ pool, metrics: createMetrics(), maxCommandAgeMs: 86_400_000 });
      await sink.open();
      return { write: (records) => sink.write(records.filter(isDecoded)), close: () => pool.end() };
    },
    async content() {
      const runs = await world.query(
        `select model_run_id, command_id, study, trials, expanded, cancelled_at, held_at is null as free, running,
           case when study is not null then priority end as priority, case when study is not null then parallelism end as parallelism
         from bridge_runs order by 1`,
      );
      const trials = await world.query(
        `select model_run_id, trial_id, command_id, requested_at, priority, state, epoch, outcome, ending, hyperparams, traceparent
         from bridge_trials order by 1, 2`,
      );
      return { runs, trials, cancels: await world.query('select * from bridge_cancellations order by 1, 2') };
    },
    empty: () => world.empty(),
    async close() {
      await connection.close();
      await world.close();
    },
  };
}

import type pg from 'pg';
import { OutageLog } from '../../outage-log.ts';
import { inTransaction } from '../../store/pool.ts';
import { settleCancels } from '../../store/tables/bridge-cancels.ts';
import { prepareQueue } from '../../store/tables/bridge-commands.ts';
import { rescueTrials } from '../../store/tables/bridge-rescue.ts';
import { countOpenTrials, pruneQueue } from '../../store/tables/bridge-retention.ts';
import { finishRuns } from '../../store/tables/bridge-runs.ts';
import type { Telemetry } from '../../telemetry.ts';
import type { CommandProducer } from '../commands/command-producer.ts';
import { announceTrials, expandStudies } from '../queue/expand-studies.ts';
import type { QueueConfig } from '../queue/options.ts';
import type { EventPublisher } from './event-publisher.ts';
import type { StudyDesk } from './study-desk.ts';
import { tellStudies } from './tell-studies.ts';

export interface HousekeepingParts {
  readonly pool: pg.Pool;
  readonly config: QueueConfig;
  readonly publisher: EventPublisher;
  readonly commands: CommandProducer;
  readonly studies?: StudyDesk | undefined;
  readonly telemetry: Telemetry;
  readonly traceparent: (given: string | undefined) => string;
}

export interface Housekeeping {
  /** Runs the tasks that commands wait for at once. */
  wake(): void;
  stop(): Promise<void>;
}

interface Task {
  readonly name: string;
  readonly everyMs: number;
  /** Whether {@link Housekeeping.wake} starts it. */
  readonly isUrgent?: true;
  run(): Promise<unknown>;
}

/**
 * The maintenance of the queue. Every bridge does all of it, so that none of it waits for one process; each task can be
 * repeated and may run in several bridges at once.
 */
export function startHousekeeping(parts: HousekeepingParts): Housekeeping {
  const { pool, config, publisher, commands, studies, telemetry, traceparent } = parts;
  const { log, metrics } = telemetry;
  const tasks: readonly Task[] = [
    {
      name: 'expand',
      everyMs: 1_000,
      isUrgent: true,
      run: () => whileTrue(() => expandStudies(pool, config.maxCommandAgeMs, config.operations.includes('start_run'))),
    },
    {
      name: 'announce',
      everyMs: 1_000,
      isUrgent: true,
      run: () => whileTrue(() => announceTrials(pool, commands, traceparent)),
    },
    { name: 'finish', everyMs: 250, run: () => inTransaction(pool, finishRuns) },
    { name: 'publish', everyMs: 1_000, run: () => publisher.sweep() },
    ...(studies === undefined ? [] : [{ name: 'tell', everyMs: 1_000, run: () => tellStudies(pool, studies) }]),
    { name: 'settle', everyMs: 5_000, run: () => settleCancels(pool) },
    { name: 'prepare', everyMs: 1_000, run: () => prepareQueue(pool) },
    { name: 'rescue', everyMs: config.leaseMs / 4, run: rescue },
    { name: 'count', everyMs: 5_000, run: count },
    { name: 'prune', everyMs: 60_000, run: () => pruneQueue(pool, config.retentionDays) },
  ];

  async function rescue(): Promise<void> {
    const { queued, ended } = await rescueTrials(pool, config.maxLosses);
    if (queued + ended === 0) return;
    metrics.bridgeLost.inc({ result: 'queued' }, queued);
    metrics.bridgeLost.inc({ result: 'failed' }, ended);
    log.warn({ queued, failed: ended }, 'trials of lost bridges were found');
  }

  async function count(): Promise<void> {
    for (const [state, number] of Object.entries(await countOpenTrials(pool)))
      metrics.bridgeQueued.set({ state }, number);
  }

  const outages = new OutageLog(log);
  const running = tasks.map((task) => repeat(task));

  function repeat({ name, everyMs, isUrgent, run }: Task): Housekeeping {
    let current: Promise<void> | undefined;
    const start = (): void => {
      // A task that takes longer than its interval is not started twice.
      current ??= run()
        .then(
          () => outages.recovered(name, { task: name }, 'a task of the queue works again'),
          (error: unknown) => {
            const cause = (error as Error).message;
            outages.failed(name, { task: name, cause }, 'a task of the queue failed; it is repeated');
          },
        )
        .finally(() => {
          current = undefined;
        });
    };
    const timer = setInterval(start, everyMs);
    return {
      wake() {
        if (isUrgent) start();
      },
      async stop() {
        clearInterval(timer);
        await current;
      },
    };
  }

  return {
    wake() {
      for (const task of running) task.wake();
    },
    async stop() {
      await Promise.all(running.map((task) => task.stop()));
    },
  };
}

async function whileTrue(step: () => Promise<boolean>): Promise<void> {
  while (await step());
}

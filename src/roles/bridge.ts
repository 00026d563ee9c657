import { hostname } from 'node:os';
import { createCommandProducer } from '../bridge/commands/command-producer.ts';
import { KILL_SHARE } from '../bridge/dispatch/bridge-lease.ts';
import { startDispatcher } from '../bridge/dispatch/dispatcher.ts';
import { createEventPublisher } from '../bridge/dispatch/event-publisher.ts';
import { createLeasePool } from '../bridge/dispatch/lease-pool.ts';
import { createStudyDesk } from '../bridge/dispatch/study-desk.ts';
import { fileProblem, locateProgram } from '../bridge/process/interpreter.ts';
import { createCommandSink } from '../bridge/queue/command-sink.ts';
import { createStudies, STUDY_LIMITS } from '../bridge/study/studies.ts';
import { inherits } from '../bridge/worker/inherited-variables.ts';
import { openWorkers } from '../bridge/worker/open-workers.ts';
import { type Config, variablesOf } from '../config.ts';
import { createIdSource } from '../http/id-source.ts';
import type { Log } from '../log.ts';
import type { Platform } from '../platform.ts';
import { sinkWork } from '../runtime/sink-work.ts';
import type { Role } from './role.ts';

/**
 * A service, not a sink: a replay writes to every sink, and a replayed command must not be run. Its consumer only queues
 * commands; the dispatcher runs what the queue has.
 */
export const bridge = {
  kind: 'service',
  name: 'bridge',
  summary: 'queues commands and runs their trials in Python workers',
  reads: ['ml.commands'],
  writes: ['ml.commands', 'ml.events'],
  needs: ['kafka', 'registry', 'postgres'],
  start,
} as const satisfies Role;

/** The path of the interpreter; its name if no directory has it, which the first study then reports. */
async function studyInterpreter({ queue, bridge: { python } }: Config, searchPath: string, log: Log): Promise<string> {
  const name = queue.studyPython ?? python;
  const path = await locateProgram(name, searchPath);
  const problem = path === undefined ? 'is in no directory of PATH' : await fileProblem(path, 'execute');
  if (problem !== undefined) {
    log.warn({ python: name, problem }, 'studies cannot run here: correct BRIDGE_STUDY_PYTHON, or CEREBROS_PYTHON');
  }
  return path ?? name;
}

async function start(platform: Platform): Promise<void> {
  const { config, telemetry, lifecycle } = platform;
  const { log, metrics } = telemetry;
  const pool = await platform.postgres();
  const ids = createIdSource();
  if (config.queue.enabled === 'true') {
    const [codec, sender, events] = await Promise.all([platform.codec(), platform.producer(), platform.events()]);
    const commands = createCommandProducer(codec, sender, config.kafka.topicPrefix);
    const publisher = createEventPublisher({ pool, events, log, traceparent: ids.traceparent });
    const environment = variablesOf(inherits(config.bridge.environment));
    const workers = await lifecycle.start(
      'Python workers',
      () => openWorkers(config.bridge, { environment, leaseMs: config.queue.leaseMs * KILL_SHARE }, telemetry),
      (opened) => opened.close(),
    );
    const studies = await lifecycle.start(
      'Optuna studies',
      async () =>
        createStudies(
          {
            control: workers.control,
            python: await studyInterpreter(config, environment.PATH ?? '', log),
            environment,
            databaseUrl: config.postgres.url.reveal(),
            ...STUDY_LIMITS,
          },
          telemetry,
        ),
      (started) => started.close(),
    );
    const databaseUrl = config.postgres.url.reveal();
    const leasePool = await lifecycle.start(
      'lease of the bridge',
      () => createLeasePool(databaseUrl, config.queue.leaseMs, telemetry),
      (started) => started.end(),
    );
    const dispatcher = await lifecycle.start(
      'dispatcher',
      () =>
        startDispatcher({
          pool,
          leasePool,
          databaseUrl,
          config: config.queue,
          host: hostname(),
          pid: process.pid,
          workers,
          signal: platform.signal,
          publisher,
          commands,
          studies: createStudyDesk(studies),
          telemetry,
          traceparent: ids.traceparent,
        }),
      (started) => started.stop(),
    );
    platform.health.ready(dispatcher.ready);
  }
  const sink = createCommandSink({ pool, metrics, maxCommandAgeMs: config.queue.maxCommandAgeMs });
  await platform.waitFor('the queue of the bridge', () => sink.open());
  for (const topic of bridge.reads) await platform.consume(sinkWork(sink, metrics), topic);
}

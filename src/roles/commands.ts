import { createCommandProducer } from '../bridge/commands/command-producer.ts';
import { createCommandRoutes } from '../bridge/commands/command-routes.ts';
import { createFindSpent } from '../bridge/commands/spent-commands.ts';
import { createIdSource } from '../http/id-source.ts';
import { createPool } from '../store/pool.ts';
import type { Role } from './role.ts';

/** A request waits no longer than this for Postgres, which it does not depend on. */
const LOOK_MS = 1_000;
const LOOK = {
  poolSize: 2,
  statementTimeoutMs: LOOK_MS,
  lockTimeoutMs: LOOK_MS,
  connectTimeoutMs: LOOK_MS,
  answerGraceMs: 250,
};

/** A role of its own, so that a gateway without Python and Postgres can accept commands for bridges elsewhere. */
export const commands = {
  kind: 'service',
  name: 'commands',
  summary: 'accepts commands over HTTP: start a study, run trials, cancel either',
  reads: [],
  writes: ['ml.commands'],
  needs: ['kafka', 'registry'],
  async start(platform) {
    const { config, telemetry, lifecycle } = platform;
    const [codec, sender] = await Promise.all([platform.codec(), platform.producer()]);
    const pool = await lifecycle.start(
      'look at the queue',
      () => createPool({ databaseUrl: config.postgres.url.reveal(), ...LOOK }, telemetry.log),
      (opened) => opened.end(),
    );
    platform.serve(
      ...createCommandRoutes({
        commands: createCommandProducer(codec, sender, config.kafka.topicPrefix),
        ids: createIdSource(),
        findSpent: createFindSpent(pool, telemetry.log),
        maxBodyBytes: config.commands.maxBodyBytes,
        now: Date.now,
      }),
    );
  },
} as const satisfies Role;

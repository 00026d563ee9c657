import type { Platform } from '../platform.ts';
import type { AccumulatingSink, Sink } from '../runtime/sink.ts';
import { sinkWork } from '../runtime/sink-work.ts';
import type { Work } from '../runtime/stage.ts';
import { stageWork } from '../runtime/stage-work.ts';
import { rightsOf } from './kafka-grants.ts';
import type { Role, StageRole } from './role.ts';

/** Waits for the dependencies of the role and starts it. Resolves once it runs, which the metric `role_running` shows. */
export async function startRole(role: Role, platform: Platform): Promise<void> {
  const running = platform.telemetry.metrics.roleRunning;
  running.set({ role: role.name }, 0);
  await waitAndStart(role, platform);
  running.set({ role: role.name }, 1);
}

async function waitAndStart(role: Role, platform: Platform): Promise<void> {
  // First: to a client without rights, a topic that exists looks like one that is missing.
  const rights = rightsOf(role, platform.config.kafka.topicPrefix);
  if (rights.length > 0) await platform.granted(rights);
  await Promise.all(role.needs.map((dependency) => platform.available(dependency)));
  switch (role.kind) {
    case 'service':
      return role.start(platform);
    case 'stage':
      return consumeAll(role, await stageConsumer(role, platform), platform);
    case 'sink': {
      const sink = await opened(role.createSink(platform), platform);
      return consumeAll(role, sinkWork(sink, platform.telemetry.metrics), platform);
    }
    case 'accumulator':
      return consumeAll(role, await opened(role.createSink(platform), platform), platform);
  }
}

/** One consumer group a topic, so that a backlog of metric points does not delay lifecycle events. */
async function consumeAll(role: Role, consumer: Work | AccumulatingSink, platform: Platform): Promise<void> {
  for (const topic of role.reads) await platform.consume(consumer, topic);
}

async function stageConsumer({ stage }: StageRole, platform: Platform): Promise<Work> {
  const { config, telemetry } = platform;
  const [codec, sender] = await Promise.all([platform.codec(), platform.producer()]);
  const { topicPrefix } = config.kafka;
  return stageWork(stage, { codec, sender, topicPrefix, metrics: telemetry.metrics });
}

const opened = <S extends Pick<Sink, 'name' | 'open' | 'close'>>(sink: S, platform: Platform): Promise<S> =>
  platform.lifecycle.start(
    `${sink.name} sink`,
    async () => {
      await platform.waitFor(`the target of the ${sink.name} sink`, () => sink.open());
      return sink;
    },
    () => sink.close(),
  );

import { router } from './processors/router.ts';
import type { Stage } from './runtime/stage.ts';
import { ARCHIVED_TOPICS } from './sinks/archive/archive-sink.ts';
import type { Topic } from './topics.ts';

/**
 * THE MAP: who reads and writes which topic.
 *
 * ```
 *  POST /api/events/ml ──▶ gateway ──▶ ml.events ──▶ router ──┬──▶ ml.events.high ─────┐
 *                                                             └──▶ ml.events.realtime ─┼──▶ postgres
 *                                                                  ml.commands ────────┘
 *  ml.events, ml.commands ──▶ archive ──▶ S3
 *  what any of them cannot process ──▶ ml.deadletters
 * ```
 */
export const PIPELINE = {
  gateway: { kind: 'gateway', from: [], to: ['ml.events'], does: 'takes events over HTTP' },
  router: {
    kind: 'stage',
    from: ['ml.events'],
    to: router.to,
    does: 'enriches events and parts lifecycle from metric points',
  },
  postgres: {
    kind: 'sink',
    from: ['ml.events.high', 'ml.events.realtime', 'ml.commands'],
    to: [],
    does: 'merges runs, trials and metric points into tables',
  },
  archive: {
    kind: 'sink',
    from: ARCHIVED_TOPICS,
    to: [],
    does: 'keeps every record as it is, in Avro files in a bucket',
  },
} as const satisfies Readonly<Record<string, PipelinePart>>;

interface PipelinePart {
  readonly kind: 'gateway' | 'stage' | 'sink';
  readonly from: readonly Topic[];
  readonly to: readonly Topic[];
  readonly does: string;
}

/** A part of the system that can run alone: `thunderline serve --roles router,postgres`. */
export type Role = keyof typeof PIPELINE;

export const ALL_ROLES = Object.keys(PIPELINE) as readonly Role[];

/** The stages by their role. */
export const STAGES: Readonly<Partial<Record<Role, Stage>>> = { router };

/**
 * The consumer group of a role for one topic. Each sink has its own, and each topic too, so that a backlog of metric
 * points does not hold up the lifecycle and a group that rebalances stops only itself.
 */
export const groupId = (topicPrefix: string, role: Role, topic: Topic): string =>
  `${topicPrefix}thunderline.${role}.${topic}`;

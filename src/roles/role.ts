import type { Config } from '../config.ts';
import type { Connections } from '../connections.ts';
import type { Dependency } from '../dependencies.ts';
import type { Platform } from '../platform.ts';
import type { AccumulatingSink, Sink } from '../runtime/sink.ts';
import type { Stage } from '../runtime/stage.ts';
import type { Topic } from '../topics.ts';

interface RoleBase {
  /** Names its consumer groups, its label in metrics, and the role on the command line. */
  readonly name: string;
  /** Completes the sentence "This role ...": for docs/topics.md and `--help`. */
  readonly summary: string;
  readonly reads: readonly Topic[];
  /** It reads its topics as a member of no consumer group, so no position of it exists on the broker. */
  readonly readsWithoutGroup?: true;
  /** Without `ml.deadletters`, to which every role that reads may write. */
  readonly writes: readonly Topic[];
  /** It creates and migrates the tables at its start, where the settings permit that. */
  readonly migrates?: true;
  /** Waited for before the role starts. */
  readonly needs: readonly Dependency[];
  /**
   * Whether the settings name the system that the role works for; absent for a role that every installation needs. Commands
   * that use all roles leave out one that is not configured.
   */
  readonly isConfigured?: (config: Config) => boolean;
  /**
   * Set if it reads every topic and group from outside: only offsets (DESCRIBE), or records as well (READ). It cannot
   * work without the groups of this role and these topics.
   */
  readonly watches?: {
    readonly operation: 'DESCRIBE' | 'READ';
    readonly role: string;
    readonly topics: readonly Topic[];
  };
}

/** Everything that a sink is made from. */
export interface SinkContext extends Pick<Connections, 'config' | 'telemetry'> {
  /** Aborted when the process stops. A sink whose writes may take long then ends them with an error. */
  readonly signal?: AbortSignal;
}

/** Where a sink writes instead of its usual target: `replay --verify` fills tables of its own. */
export interface SinkTarget {
  /** Schema of the database. */
  readonly schema: string;
}

/** A pure function of each record. */
export interface StageRole extends RoleBase {
  readonly kind: 'stage';
  readonly stage: Stage;
}

/** Stores each batch before the next. */
export interface SinkRole extends RoleBase {
  readonly kind: 'sink';
  createSink(context: SinkContext, target?: SinkTarget): Sink;
}

/** Collects records over many batches before it stores them. */
export interface AccumulatorRole extends RoleBase {
  readonly kind: 'accumulator';
  createSink(context: SinkContext): AccumulatingSink;
}

/** Anything else: it starts itself on what the platform offers, and stops with the lifecycle. */
export interface ServiceRole extends RoleBase {
  readonly kind: 'service';
  start(platform: Platform): Promise<void>;
}

/** One part of the system that can run alone: `thunderline serve --roles router,postgres`. */
export type Role = StageRole | SinkRole | AccumulatorRole | ServiceRole;

/** Whether it consumes its topics in consumer groups. */
export const hasGroups = ({ reads, readsWithoutGroup }: Role): boolean =>
  reads.length > 0 && readsWithoutGroup !== true;

/** Whether a command that uses all roles includes this one. */
export const isConfigured = (role: Role, config: Config): boolean => role.isConfigured?.(config) ?? true;

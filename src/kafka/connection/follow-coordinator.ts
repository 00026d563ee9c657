import { createRequire } from 'node:module';

/** The members of kafkajs's offset manager that are needed here. */
interface OffsetManager {
  readonly groupId: string;
  readonly cluster: { findGroupCoordinator(of: { readonly groupId: string }): Promise<object> };
  coordinator: object;
  commitOffsets(...args: unknown[]): Promise<void>;
  resolveOffsets(...args: unknown[]): Promise<void>;
}

type Request = ((this: OffsetManager, ...args: unknown[]) => Promise<void>) & { readonly replaced?: true };

const MODULE = 'kafkajs/src/consumer/offsetManager';
const REQUESTS = ['commitOffsets', 'resolveOffsets'] as const;
const MOVED = new Set<unknown>(['NOT_COORDINATOR_FOR_GROUP', 'GROUP_COORDINATOR_NOT_AVAILABLE']);

/**
 * Makes kafkajs commit at the broker that coordinates the group now. Its offset manager keeps the coordinator of the
 * last join. When that broker restarts, the group moves; kafkajs joins again, which may fail while the new coordinator
 * loads, and continues in the earlier generation: its heartbeats then reach the new coordinator and succeed, so nothing
 * makes it join, and every commit goes to the old coordinator and is refused, without end. With this, the attempt after
 * a refusal goes to the new coordinator, which knows the generation or reports that it has ended. Safe to call twice.
 */
export function followCoordinator(): void {
  const { prototype } = createRequire(import.meta.url)(MODULE) as { prototype: Record<string, Request> };
  for (const name of REQUESTS) {
    const original = prototype[name];
    if (original === undefined || original.replaced === true) continue;
    const request: Request = async function request(this: OffsetManager, ...args) {
      try {
        await original.apply(this, args);
      } catch (error) {
        if (MOVED.has((error as { type?: unknown }).type)) {
          const { cluster, groupId } = this;
          // If the brokers do not know it either, the next refusal asks again.
          this.coordinator = await cluster.findGroupCoordinator({ groupId }).catch(() => this.coordinator);
        }
        throw error;
      }
    };
    prototype[name] = Object.assign(request, { replaced: true as const });
  }
}

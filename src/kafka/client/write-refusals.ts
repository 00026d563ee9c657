import type { Log } from '../../log.ts';
import { OutageLog } from '../../outage-log.ts';
import type { Right } from '../admin/missing-rights.ts';

/** Age at which a refusal is examined again. */
const FRESH_MS = 2_000;
const KEY = 'write';

/** The refusals of the brokers to write, while they last. */
export interface WriteRefusals {
  /** The cause of a refusal to write to these topics (names on the broker): the rights that are missing, if they are. */
  explain(error: Error, topics: readonly string[]): Promise<Error>;
  /** The cause of the last refusal, if it still lasts; the brokers are asked. A process that writes nothing any more recovers so. */
  problem(): Promise<string | undefined>;
}

/** @param requireRights rejects with the cause unless the brokers grant these rights. */
export function createWriteRefusals(
  log: Log,
  requireRights: (rights: readonly Right[]) => Promise<void>,
): WriteRefusals {
  const outages = new OutageLog(log);
  const refused = new Set<string>();
  let last: { readonly at: number; readonly cause: Error } | undefined;

  async function ask(): Promise<Error | undefined> {
    const rights = [...refused].map((name): Right => ({ resource: 'topic', name, operation: 'WRITE' }));
    const cause = await requireRights(rights).then(
      () => undefined,
      (error: Error) => error,
    );
    last = cause && { at: Date.now(), cause };
    if (cause === undefined) {
      refused.clear();
      outages.recovered(KEY, {}, 'Kafka accepts records of this process again');
    } else outages.failed(KEY, { cause: cause.message }, 'Kafka refuses the records of this process');
    return cause;
  }

  return {
    async explain(error, topics) {
      for (const topic of topics) refused.add(topic);
      if (last !== undefined && Date.now() - last.at < FRESH_MS) return last.cause;
      return (await ask()) ?? error;
    },

    async problem() {
      if (last === undefined) return undefined;
      if (Date.now() - last.at < FRESH_MS) return last.cause.message;
      return (await ask())?.message;
    },
  };
}

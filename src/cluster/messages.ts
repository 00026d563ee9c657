import type { KeyUsage } from '../access/quotas.ts';
import type { LogLevel } from '../log.ts';
import type { MetricsData, MetricsFormat, MetricsText } from '../metrics/metrics-text.ts';

/**
 * The messages between the processes of a gateway. Any worker may get a request for `/metrics`: it asks the primary, the
 * primary asks all workers, and the sum goes back the same way. The primary forwards the usage of keys in one worker to the
 * others, and a level of the log that is set in one to all.
 */
export type ClusterMessage =
  | { readonly thunderline: 'sum-metrics'; readonly id: number; readonly format: MetricsFormat }
  | { readonly thunderline: 'summed-metrics'; readonly id: number; readonly text: MetricsText }
  | { readonly thunderline: 'report-metrics'; readonly id: number }
  | { readonly thunderline: 'log-level'; readonly level: LogLevel }
  | { readonly thunderline: 'usage'; readonly usage: readonly KeyUsage[] }
  | { readonly thunderline: 'reported-metrics'; readonly id: number; readonly metrics: MetricsData };

type MessageOf<Kind extends ClusterMessage['thunderline']> = Extract<ClusterMessage, { readonly thunderline: Kind }>;

/** Whether a value from the channel is a message of one kind; other libraries use the same channel. */
export const isMessage = <Kind extends ClusterMessage['thunderline']>(
  value: unknown,
  kind: Kind,
): value is MessageOf<Kind> =>
  typeof value === 'object' && value !== null && (value as { thunderline?: unknown }).thunderline === kind;

/** Questions to another process that have no answer yet, by their id. */
export class Questions<Answer> {
  readonly #open = new Map<number, (answer: Answer) => void>();
  #last = 0;

  /** Calls `ask` with a new id, and resolves with the answer to it; rejects after `timeoutMs`. */
  ask(ask: (id: number) => void, timeoutMs: number): Promise<Answer> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#open.delete(id);
        reject(new Error(`no answer from another process within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#open.set(id, (answer) => {
        clearTimeout(timer);
        this.#open.delete(id);
        resolve(answer);
      });
      ask(id);
    });
  }

  answer(id: number, answer: Answer): void {
    this.#open.get(id)?.(answer);
  }
}

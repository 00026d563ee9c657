import type { Delivery } from '../../runtime/stage.ts';
import { addRange, type OffsetRanges } from '../../store/offset-ranges.ts';

/** Partitions whose deliveries are remembered; more are never assigned to one process. */
const MAX_PARTITIONS = 10_000;

/** Offsets without a gap that were delivered and written, both ends included. */
interface Session {
  readonly first: number;
  readonly last: number;
}

/** The partition in `mlflow_links.written`; undefined on a broker without topic ids, where offsets prove nothing. */
export const partitionOfDelivery = ({ topicId, partition }: Delivery): string | undefined =>
  topicId === undefined ? undefined : `${topicId}/${partition}`;

/**
 * The offsets that each partition delivered to this process without a gap. A record of a trial is known to be written only if
 * every record of the trial before it was delivered too: a consumer whose position an operator moved ahead has missed some.
 */
export class Deliveries {
  readonly #sessions = new Map<string, Session>();

  /** The first offset from which on nothing was missed before the end of `delivery`. */
  firstOf(partition: string, { first }: Delivery): number {
    const session = this.#sessions.get(partition);
    const offset = Number(first);
    return session !== undefined && offset >= session.first && offset <= session.last + 1 ? session.first : offset;
  }

  /** Records that every record of `delivery` is written. */
  completed(partition: string, delivery: Delivery): void {
    const first = this.firstOf(partition, delivery);
    const before = this.#sessions.get(partition);
    const last = Number(delivery.last);
    if (before === undefined && this.#sessions.size >= MAX_PARTITIONS) this.#sessions.clear();
    this.#sessions.set(partition, { first, last: before?.first === first ? Math.max(before.last, last) : last });
  }
}

/**
 * The ranges of a trial after its points of `delivery` up to the offset `last` were acknowledged. A range that ends within the
 * deliveries without a gap, from `first` on, grows; otherwise a new one starts with this delivery.
 */
export function extended(ranges: OffsetRanges, first: number, delivery: Delivery, last: number): OffsetRanges {
  const from = Number(delivery.first);
  if (last < from) return ranges;
  const touching = ranges.find(([, end]) => end >= first - 1 && end <= last);
  return addRange(ranges, [Math.min(from, touching?.[0] ?? from), last]);
}

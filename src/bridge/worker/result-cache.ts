import { createHash } from 'node:crypto';
import { BoundedCache } from '../../bounded-cache.ts';
import { canonicalJson } from '../../events/ids.ts';
import type { Metrics } from '../../metrics.ts';
import type { Reported, WorkerCall } from './workers.ts';

const MAX_ENTRIES = 256;
/** Larger results are not kept, so that the cache holds at most 16 MiB. */
const MAX_RESULT_CHARACTERS = 65_536;

interface Entry {
  readonly result: Reported;
  readonly expiresAtMs: number;
}

/** Results of `start_run` and `finalize_run` for a short time, so that a repeated call does not start Python again. */
export class ResultCache {
  readonly #entries = new BoundedCache<string, Entry>(MAX_ENTRIES);
  readonly #ttlMs: number;
  readonly #metrics: Pick<Metrics, 'bridgeCache'>;
  readonly #now: () => number;

  /** @param ttlMs 0 switches the cache off. */
  constructor(ttlMs: number, metrics: Pick<Metrics, 'bridgeCache'>, now: () => number = () => performance.now()) {
    this.#ttlMs = ttlMs;
    this.#metrics = metrics;
    this.#now = now;
  }

  /** The result of an equal call; undefined if there is none, or the operation is about a trial. */
  get(call: WorkerCall): Reported | undefined {
    if (!this.#covers(call)) return undefined;
    const key = keyOf(call);
    const entry = this.#entries.get(key);
    const isFresh = entry !== undefined && entry.expiresAtMs > this.#now();
    this.#metrics.bridgeCache.inc({ result: isFresh ? 'hit' : 'miss' });
    if (isFresh) return entry.result;
    this.#entries.delete(key);
    return undefined;
  }

  set(call: WorkerCall, result: Reported): void {
    if (!this.#covers(call) || JSON.stringify(result).length > MAX_RESULT_CHARACTERS) return;
    this.#entries.set(keyOf(call), { result, expiresAtMs: this.#now() + this.#ttlMs });
  }

  #covers({ op }: WorkerCall): boolean {
    return this.#ttlMs > 0 && (op === 'start_run' || op === 'finalize_run');
  }
}

/** Equal operations on equal payloads: two commands for one run share a result, two runs never do. */
const keyOf = ({ op, modelRunId, status, payload }: WorkerCall): string =>
  createHash('sha256')
    .update(canonicalJson([op, modelRunId, status ?? '', payload]))
    .digest('base64');

/** A place for one running worker. */
export interface Slot {
  readonly index: number;
  /** The value of `CUDA_VISIBLE_DEVICES` for its worker; undefined: that of the bridge. */
  readonly gpu: string | undefined;
}

/** Hands out a fixed number of slots; callers wait in their order. */
export class Slots {
  readonly all: readonly Slot[];
  readonly #free: Slot[];
  readonly #waiting: { readonly take: (slot: Slot) => void }[] = [];

  /** @param gpus one slot for each, also if a GPU is named twice. Empty: `count` slots. */
  constructor(count: number, gpus: readonly string[]) {
    const names = gpus.length > 0 ? gpus : Array.from({ length: count }, () => undefined);
    this.all = names.map((gpu, index) => ({ index, gpu }));
    this.#free = [...this.all].reverse();
  }

  get free(): number {
    return this.#free.length;
  }

  /** Resolves with a slot, or with undefined once `signal` is aborted. */
  async take(signal: AbortSignal): Promise<Slot | undefined> {
    if (signal.aborted) return undefined;
    const free = this.#free.pop();
    if (free !== undefined) return free;
    return new Promise((resolve) => {
      const waiting = {
        take: (slot: Slot) => {
          signal.removeEventListener('abort', onAbort);
          resolve(slot);
        },
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        resolve(undefined);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
    });
  }

  release(slot: Slot): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(slot);
    else next.take(slot);
  }
}

import type { Started } from '../process.ts';
import { mean } from '../statistics.ts';

const SAMPLE_MS = 5_000;

/** The resident memory of processes over time, sampled every five seconds. */
export class MemorySamples {
  readonly #processes: Readonly<Record<string, Started>>;
  readonly #samples = new Map<string, number[]>();
  #timer: NodeJS.Timeout | undefined;

  constructor(processes: Readonly<Record<string, Started>>) {
    this.#processes = processes;
  }

  start(): void {
    this.#timer = setInterval(() => {
      for (const [name, started] of Object.entries(this.#processes)) {
        this.#samples.set(name, [...(this.#samples.get(name) ?? []), started.residentBytes()]);
      }
    }, SAMPLE_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get names(): readonly string[] {
    return Object.keys(this.#processes);
  }

  /** The mean of a process from one share of the time to another, in bytes. */
  meanOf(name: string, from: number, until: number): number {
    const samples = this.#samples.get(name) ?? [];
    return mean(samples.slice(Math.floor(from * samples.length), Math.ceil(until * samples.length)));
  }

  greatestOf(name: string): number {
    return Math.max(0, ...(this.#samples.get(name) ?? []));
  }
}

/** The outcomes of a run, each with its meaning. */
export const OUTCOMES = {
  imported: 'all its events are in ml.events',
  unchanged: 'an earlier import has all of it',
  mirrored: 'Thunderline wrote it',
  known: 'its trial sends its own events to Thunderline',
  incomplete: 'a part of it cannot be imported',
  failed: 'it cannot be read, or its events cannot be written',
} as const;

export type ImportOutcome = keyof typeof OUTCOMES;

const MAX_PROBLEMS = 20;

/** The results of an import so far. */
export class ImportTally {
  readonly #runs = new Map<ImportOutcome, number>();
  readonly #problems: string[] = [];
  /** Runs with an outcome. */
  runs = 0;
  /** Points read. */
  points = 0;

  /** @param problem the reason why a run was not imported whole. */
  count(outcome: ImportOutcome, runId: string, problem?: string): void {
    this.runs += 1;
    this.#runs.set(outcome, this.of(outcome) + 1);
    if (problem !== undefined && this.#problems.length < MAX_PROBLEMS) this.#problems.push(`${runId}: ${problem}`);
  }

  of(outcome: ImportOutcome): number {
    return this.#runs.get(outcome) ?? 0;
  }

  /** The first runs that were not imported whole, each with the reason. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Whether every run that was to be imported was imported whole. */
  get isWhole(): boolean {
    return this.of('failed') + this.of('incomplete') === 0;
  }
}

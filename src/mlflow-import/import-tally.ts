/** The outcomes of a run, each with its meaning. */
export const OUTCOMES = {
  imported: 'all events of the run are in ml.events',
  unchanged: 'an earlier import has written all events of the run',
  mirrored: 'Thunderline wrote the run to MLflow',
  known: 'the trial of the run sends its own events to Thunderline',
  incomplete: 'a part of the run cannot be imported',
  failed: 'the run cannot be read, or its events cannot be written',
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

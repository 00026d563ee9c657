import type { MlEvent } from '../events/event.ts';
import type { StoredPoint, StoredRun } from '../mlflow/stored-entities.ts';
import type { ImportOutcome } from './import-tally.ts';
import type { ImportedTrial } from './imported-trial.ts';
import { endEvent, startEvent } from './lifecycle-events.ts';
import { pointEvents } from './point-events.ts';
import type { ImportableRun } from './sort-runs.ts';

/** The import of one run: its events, and its outcome. */
export class RunImport {
  readonly run: StoredRun;
  readonly #trial: ImportedTrial;
  readonly #receivedAt: number;
  #artifacts: readonly string[] = [];
  #outcome: ImportOutcome = 'imported';
  #problem: string | undefined;

  /** @param receivedAt the time of the import, epoch milliseconds. */
  constructor({ run, trial }: ImportableRun, receivedAt: number) {
    this.run = run;
    this.#trial = trial;
    this.#receivedAt = receivedAt;
  }

  start(): MlEvent {
    return startEvent(this.run, this.#trial, this.#receivedAt);
  }

  /** The events of some points. Points that cannot be events make the run incomplete. */
  points(name: string, points: readonly StoredPoint[]): readonly MlEvent[] {
    const { events, refused, fault } = pointEvents(this.#trial, name, points, this.#receivedAt);
    const count =
      refused === 1 ? `1 point of ${name} cannot be an event` : `${refused} points of ${name} cannot be events`;
    if (refused > 0) this.becomes('incomplete', `${count}: ${fault}`);
    return events;
  }

  /** @param paths the artifacts, below the root of the run. */
  has(paths: readonly string[]): void {
    this.#artifacts = paths;
  }

  /** Undefined for a run that has not ended or has failed. Only a run that was imported whole is not read again. */
  end(): MlEvent | undefined {
    if (this.#outcome === 'failed') return undefined;
    const trial = this.#outcome === 'imported' ? this.#trial : { ...this.#trial, fingerprint: undefined };
    return endEvent(this.run, trial, this.#artifacts, this.#receivedAt);
  }

  /** The first problem is kept. */
  becomes(outcome: 'incomplete' | 'failed', problem: string): void {
    if (this.#outcome !== 'failed') this.#outcome = outcome;
    this.#problem ??= problem;
  }

  get outcome(): ImportOutcome {
    return this.#outcome;
  }

  get problem(): string | undefined {
    return this.#problem;
  }
}

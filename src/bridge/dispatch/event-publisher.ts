import type pg from 'pg';
import type { MlEvent } from '../../events/event.ts';
import type { Log } from '../../log.ts';
import { OutageLog } from '../../outage-log.ts';
import { type EventProducer, EventsTooLarge } from '../../producers/event-producer.ts';
import {
  type EndedTrial,
  endedTrials,
  markPublished,
  type QueuedTrial,
  unpublishedTrials,
} from '../../store/tables/bridge-outbox.ts';
import { markRunPublished, type RunToPublish, unpublishedRuns } from '../../store/tables/bridge-runs.ts';
import { runStartInput, runStopInput } from '../queue/run-events.ts';
import { describeFaults, endingInputs, eventsOfEnded, judgeEvents } from '../queue/trial-events.ts';

export interface EventPublisherParts {
  readonly pool: pg.Pool;
  readonly events: EventProducer;
  readonly log: Log;
  /** A traceparent for the events of a command that had none. */
  readonly traceparent: (given: string | undefined) => string;
}

/** Publishes the events of rows that are decided. A decision is published until Kafka has it, and never made again. */
export interface EventPublisher {
  /** Publishes one event that is not an end; rejects if Kafka does not have it in time. */
  publish(events: readonly MlEvent[], traceparent: string | null): Promise<void>;
  /** Publishes the end of a trial soon. */
  ended(trial: QueuedTrial): void;
  /**
   * Publishes every decided event that is not in Kafka, because its bridge was lost or Kafka failed. Rejects with the first
   * failure, after everything else was published.
   */
  sweep(): Promise<void>;
  /** Resolves when every end that was passed to {@link ended} is published, or left to a sweep. */
  drain(): Promise<void>;
}

/** Ends that are read and published together: each may have half a mebibyte, and its hyperparameters as much. */
const BATCH = 50;
/** Further ends are left to the sweep, so that an outage of Kafka does not fill the memory. */
const MAX_PENDING = 5_000;
/** A sweep leaves out ends that are still being published by the bridge that decided them. */
const SWEEP_AGE_MS = 2_000;

export function createEventPublisher({ pool, events, log, traceparent }: EventPublisherParts): EventPublisher {
  const outages = new OutageLog(log);
  let pending = new Map<string, QueuedTrial>();
  let flushing: Promise<void> | undefined;

  const publish: EventPublisher['publish'] = (list, given) =>
    events.publish(list, { traceparent: traceparent(given ?? undefined) });

  /** Publishes the ends that can be published; an end that fails holds up no other. */
  async function publishTrials(trials: readonly EndedTrial[]): Promise<Published> {
    const results = await Promise.allSettled(trials.map(publishTrial));
    const published = trials.filter((_, index) => results[index]?.status === 'fulfilled');
    if (published.length > 0) await markPublished(pool, published);
    return { count: published.length, failures: failuresOf(results) };
  }

  async function publishTrial(trial: EndedTrial): Promise<void> {
    const judged = eventsOfEnded(trial);
    // Results are judged before they are stored, so a fault is of a result of an earlier version with other rules.
    if (!judged.ok) return publish(eventsInstead(trial, describeFaults(judged.faults)), trial.traceparent);
    try {
      await publish(judged.events, trial.traceparent);
    } catch (error) {
      if (!(error instanceof EventsTooLarge)) throw error;
      await publish(eventsInstead(trial, error.message), trial.traceparent);
    }
  }

  /** The end of a trial whose result cannot be an event: it has failed. */
  function eventsInstead(trial: EndedTrial, error_message: string): readonly MlEvent[] {
    const ending = { kind: 'failed', error_type: 'invalid_result', error_message, duration_ms: 0 } as const;
    return mustBeGood(judgeEvents(endingInputs(trial, trial.ended_at, ending), trial.ended_at));
  }

  async function publishRun(run: RunToPublish): Promise<void> {
    const { ended_at } = run;
    if (!run.start_published) {
      const input = runStartInput(run);
      const judged = judgeEvents([input], run.requested_at);
      // A search space may have more entries than an event can hold.
      const { parameters: _, ...rest } = input;
      await publish(judged.ok ? judged.events : mustBeGood(judgeEvents([rest], run.requested_at)), run.traceparent);
    }
    const hasEnded = !run.published && ended_at !== null;
    if (hasEnded) await publish(mustBeGood(judgeEvents([runStopInput(run, ended_at)], ended_at)), run.traceparent);
    await markRunPublished(pool, run.model_run_id, hasEnded ? ended_at : null);
  }

  async function flush(): Promise<void> {
    while (pending.size > 0) {
      const names = [...pending.values()];
      pending = new Map();
      for (let from = 0; from < names.length; from += BATCH) {
        const { failures } = await publishTrials(await endedTrials(pool, names.slice(from, from + BATCH)));
        if (failures.length > 0) throw failures[0];
      }
    }
  }

  function startFlush(): void {
    flushing ??= attempted(flush()).finally(() => {
      flushing = undefined;
      if (pending.size > 0) startFlush();
    });
  }

  const attempted = (work: Promise<void>): Promise<void> =>
    work.then(
      () => outages.recovered('publish', {}, 'the ends of trials are published again'),
      (error: unknown) => {
        const cause = (error as Error).message;
        outages.failed('publish', { cause }, 'the ends of trials cannot be published yet');
      },
    );

  return {
    publish,

    ended(trial) {
      if (pending.size >= MAX_PENDING) return;
      pending.set(JSON.stringify([trial.model_run_id, trial.trial_id]), trial);
      startFlush();
    },

    async sweep() {
      const failures = failuresOf(await Promise.allSettled((await unpublishedRuns(pool)).map(publishRun)));
      for (let isMore = true; isMore; ) {
        const trials = await unpublishedTrials(pool, SWEEP_AGE_MS, BATCH);
        const published = await publishTrials(trials);
        failures.push(...published.failures);
        isMore = trials.length === BATCH && published.count > 0;
      }
      if (failures.length > 0) throw failures[0];
    },

    async drain() {
      while (flushing !== undefined) await flushing;
    },
  };
}

interface Published {
  readonly count: number;
  readonly failures: readonly unknown[];
}

const failuresOf = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));

function mustBeGood(judged: ReturnType<typeof judgeEvents>): readonly MlEvent[] {
  if (judged.ok) return judged.events;
  throw new Error(`an event of the bridge has faults: ${describeFaults(judged.faults)}`);
}

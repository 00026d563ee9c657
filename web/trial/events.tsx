import type { TrialEvent, TrialEvents } from '../../src/queries/page-shapes.ts';
import type { TrialDetail } from '../../src/queries/shapes.ts';
import type { Attempt } from '../data/attempt.ts';
import { formatDuration } from '../format/time.ts';
import { Moment } from '../shell/moment.tsx';
import { StatusMark } from '../shell/status.tsx';

export interface EventsProps extends Attempt<TrialEvents> {
  readonly trial: TrialDetail['trial'];
}

/** The history of a trial, in the order of time: the events whose values it has. */
export function Events({ data, error, trial }: EventsProps) {
  const start = Date.parse(trial.started_at ?? '') || undefined;
  return (
    <section aria-labelledby="events-title">
      <h2 id="events-title">Events</h2>
      {error !== undefined && <p class="muted">The events cannot be read: {error.message}</p>}
      <ol class="timeline">
        {start !== undefined && (
          <li>
            <Moment at={start} /> first start
          </li>
        )}
        {data?.events.map((event) => (
          <li key={event.event_id} title={`event ${event.event_id}`}>
            <Moment at={event.timestamp} /> <Meaning event={event} trial={trial} />
            <span class="muted">
              {start !== undefined && event.timestamp > start && ` after ${formatDuration(event.timestamp - start)}`}
              {event.attempt > 1 && ` · attempt ${event.attempt}`}
            </span>
          </li>
        ))}
      </ol>
      {data?.events.length === 0 && start === undefined && <p class="muted">No event has reported a value yet.</p>}
    </section>
  );
}

const NAMES: Readonly<Record<string, string>> = {
  duration: 'the duration',
  metrics: 'final metrics',
  hyperparams: 'hyperparameters',
  parameters: 'parameters',
  artifact: 'the artifact',
  rank: 'the rank',
  spectral_norm: 'the constraint',
  mlflow: 'the MLflow run',
  metadata: 'metadata',
};

function Meaning({ event, trial }: { readonly event: TrialEvent; readonly trial: EventsProps['trial'] }) {
  const rest = event.set.flatMap((part) => NAMES[part] ?? []);
  return (
    <>
      {event.set.includes('outcome') && <StatusMark status={trial.status} />}
      {event.set.includes('outcome') && rest.length > 0 && ', with '}
      {rest.length > 0 && !event.set.includes('outcome') && 'set '}
      {rest.join(', ')}
    </>
  );
}

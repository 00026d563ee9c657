import type { LiveFrame } from '../../live/follow-live.ts';
import type { LiveEvent } from '../../live/frames.ts';

/** Fields that every event has, or that are of no use to a person. */
const NOT_SHOWN = new Set([
  'event',
  'event_id',
  'model_run_id',
  'trial_id',
  'timestamp',
  'attempt',
  'received_at',
  'correlation_id',
  'omitted',
]);
const MAX_FIELD_LENGTH = 100;

/** The lines of a frame for a terminal: `12:00:01.000  run/trial  step 3  loss 0.5`. */
export function linesOfFrame(frame: LiveFrame): string[] {
  if (frame.name !== 'data') return [];
  const { events = [], points = [] } = frame.data;
  return [
    ...events.map(lineOfEvent),
    ...points.flatMap(({ model_run_id, trial_id, points: list }) =>
      list.map(([step, time, , , values]) => {
        const shown = Object.entries(values).map(([name, value]) => `${name} ${value}`);
        return [clock(time), subject(model_run_id, trial_id), `step ${step}`, ...shown].join('  ');
      }),
    ),
  ];
}

/** The events and points of a frame, each as an object of its own. */
export function objectsOfFrame(frame: LiveFrame): object[] {
  if (frame.name === 'gap' || frame.name === 'reset') return [{ frame: frame.name, ...frame.data }];
  if (frame.name !== 'data') return [];
  const { events = [], points = [] } = frame.data;
  return [
    ...events,
    ...points.flatMap(({ model_run_id, trial_id, points: list }) =>
      list.map(([step, timestamp, event_id, attempt, values]) => ({
        event: 'ml.run.metric',
        event_id,
        model_run_id,
        trial_id,
        timestamp,
        attempt,
        step,
        values,
      })),
    ),
  ];
}

function lineOfEvent(event: LiveEvent): string {
  const fields = Object.entries(event)
    .filter(([name]) => !NOT_SHOWN.has(name))
    .map(([name, value]) => `${name} ${short(typeof value === 'string' ? value : JSON.stringify(value))}`);
  return [clock(event.timestamp), subject(event.model_run_id, event.trial_id), event.event, ...fields].join('  ');
}

const short = (text: string): string =>
  text.length <= MAX_FIELD_LENGTH ? text : `${text.slice(0, MAX_FIELD_LENGTH)}...`;

const subject = (run: string, trial: string | null): string => (trial === null ? run : `${run}/${trial}`);

/** The time of day, in UTC. */
const clock = (time: number): string => new Date(time).toISOString().slice(11, 23);

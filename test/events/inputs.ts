import { EVENT_NAMES, type MlEvent } from '../../src/events/event.ts';
import { COMMON_FIELDS, EVENT_FIELDS } from '../../src/events/fields.ts';

type Input = Record<string, unknown>;

/** The fields of an event as a sender gives them: without absent ones, free-form JSON as objects. */
function contentOf(event: MlEvent): Input {
  const content: Input = {};
  for (const { name, kind } of [...COMMON_FIELDS, ...EVENT_FIELDS[event.event]]) {
    const value = (event as unknown as Input)[name];
    if (value === null) continue;
    if (kind === 'json') content[name] = JSON.parse(value as string);
    // As numbers, times before 1973 look like seconds.
    else content[name] = kind === 'timestamp' ? new Date(value as number).toISOString() : value;
  }
  return content;
}

const metadataOf = ({ metadata }: MlEvent): Input => (metadata === null ? {} : JSON.parse(metadata));

/** As it travels: the doubles that JSON lacks as text. */
function overJson<T>(value: T): T {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value) as T;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, overJson(item)])) as T;
}

/** The event in the flat shape, which is also the content of the record. */
export const flatInput = (event: MlEvent): Input =>
  overJson({
    event: event.event,
    event_id: event.event_id,
    ...contentOf(event),
    ...(event.metadata !== null && { metadata: metadataOf(event) }),
  });

/** The event in the Python shape: `trial_id` and time outside, numbers in measurements, all else in metadata. */
export function pythonInput(event: MlEvent): Input {
  const { timestamp, trial_id, measurements, metrics, duration_ms, ...rest } = contentOf(event);
  const numbers = { ...(measurements as Input), ...(metrics as Input) };
  if (duration_ms !== undefined) numbers.duration_ms = duration_ms;
  return overJson({
    name: event.event,
    event_id: event.event_id,
    timestamp,
    trial_id,
    metadata: { ...metadataOf(event), ...rest },
    ...(Object.keys(numbers).length > 0 && { measurements: numbers }),
  });
}

/** Every key a field may stand under, and some that no field has. */
export const KEYS: readonly string[] = [
  ...new Set([
    ...[
      'event',
      'name',
      'event_id',
      'metadata',
      'metric_name',
      'metric_value',
      'success',
      'epoch',
      'note',
      '__proto__',
    ],
    ...COMMON_FIELDS.map(({ name }) => name),
    ...EVENT_NAMES.flatMap((event) => EVENT_FIELDS[event].map(({ name }) => name)),
  ]),
];

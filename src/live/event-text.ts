import type { AnyRecord } from '../avro/any-record.ts';
import { eventNameOf } from '../events/event-record.ts';
import { valuesText } from './values-text.ts';

/** Free-form fields and maps of metrics that are longer are left out: a page reads them from the trial when it shows them. */
const MAX_FIELD_LENGTH = 4_096;

/** Fields that hold a JSON object as text. */
const JSON_FIELDS = new Set(['metadata', 'hyperparams', 'parameters', 'payload', 'study']);

/** Fields that the text has under other names, and fields that the router adds and that follow from the others. */
const LEFT_OUT = new Set([
  'event_id',
  'command_id',
  'model_run_id',
  'trial_id',
  'timestamp',
  'requested_at',
  'attempt',
  'priority',
  'pipeline',
  'category',
  'constraint_method',
  'taxonomy_version',
  'event_version',
]);

type EventRecord = Exclude<AnyRecord, { readonly name: 'RunMetric' | 'DeadLetter' }>;

/** A record as JSON of a `LiveEvent`. */
export function eventText(content: EventRecord): string {
  const { record } = content;
  const isCommand = 'command_id' in record;
  const head = {
    event: isCommand ? 'command' : (eventNameOf(content) ?? 'artifact'),
    event_id: isCommand ? record.command_id : record.event_id,
    model_run_id: record.model_run_id,
    trial_id: record.trial_id,
    timestamp: isCommand ? record.requested_at : record.timestamp,
    attempt: isCommand ? 0 : record.attempt,
  };
  const fields: string[] = [];
  const omitted: string[] = [];
  for (const [name, value] of Object.entries(record)) {
    if (value === null || (LEFT_OUT.has(name) && !(isCommand && name === 'priority'))) continue;
    const text = fieldText(name, value);
    if (text.length > MAX_FIELD_LENGTH) omitted.push(name);
    else fields.push(`${JSON.stringify(name)}:${text}`);
  }
  if (omitted.length > 0) fields.push(`"omitted":${JSON.stringify(omitted)}`);
  return [JSON.stringify(head).slice(0, -1), ...fields].join(',').concat('}');
}

function fieldText(name: string, value: unknown): string {
  if (JSON_FIELDS.has(name) && typeof value === 'string') return jsonLine(value);
  if (typeof value === 'object') return valuesText(value as Readonly<Record<string, number>>);
  return JSON.stringify(value);
}

/**
 * JSON in one line, as `data:` needs it; line breaks in JSON are between tokens only. The digits of its numbers stay as they
 * are. A text that is not JSON, which another producer may have written, is a string.
 */
function jsonLine(text: string): string {
  try {
    JSON.parse(text);
    return text.replace(/[\r\n]/g, ' ');
  } catch {
    return JSON.stringify(text);
  }
}

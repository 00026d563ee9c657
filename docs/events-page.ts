import { DOTS } from '../src/events/dots.ts';
import { EVENT_NAMES, EVENT_RECORDS, type MlEvent } from '../src/events/event.ts';
import { EVENT_LIMITS } from '../src/events/fault.ts';
import { COMMON_FIELDS, EVENT_FIELDS, type Field, type FieldKind, STATES } from '../src/events/fields.ts';
import { parseEvent } from '../src/events/parse.ts';
import { readJson } from '../src/http/json/read-json.ts';
import { cell, code, codes, table } from './markdown.ts';

const KINDS: Readonly<Record<FieldKind, string>> = {
  id: `text of 1 to ${EVENT_LIMITS.maxIdLength} characters without control characters, other than ${codes(DOTS)}, which browsers remove from addresses`,
  name: `text of 1 to ${EVENT_LIMITS.maxIdLength} characters without control characters`,
  text: `text of up to ${EVENT_LIMITS.maxTextLength} characters without NUL`,
  boolean: '`true`, `false`, `"true"`, `"false"`, `1` or `0`',
  timestamp:
    'ISO 8601 (UTC unless an offset is given) or epoch milliseconds from 10^11 on, or their text, at most 24 h ahead of the gateway (see below)',
  amount: 'a number >= 0, or its text',
  count: 'an integer from 0 to 2^53 - 2, or its text of at most 15 digits',
  rank: 'an integer from 1 to 2^31 - 1, or its text of at most 9 digits',
  attempt: 'an integer from 0 to 99999, or its text of at most 5 digits',
  epoch: 'a number >= 0, or its text; rounded down to the completed epochs',
  state: `one of ${codes(STATES)}`,
  measurements: `an object of up to ${EVENT_LIMITS.maxMetrics} metric values by name`,
  json: `a JSON object of up to ${EVENT_LIMITS.maxKeys} entries and ${EVENT_LIMITS.maxDepth} levels`,
};

/** An input, the part of the event that shows how it is read, and the reason for the rule. */
type Example = readonly [input: string, part: (event: MlEvent) => unknown, reason: string];

const values = (event: MlEvent): unknown => ('measurements' in event ? event.measurements : undefined);
const step = (event: MlEvent): unknown => ('step' in event ? { step: event.step } : undefined);
const time = (event: MlEvent): unknown => ({ timestamp: new Date(event.timestamp).toISOString() });

/** Each result on the page is the parser's own. */
const EXAMPLES: readonly Example[] = [
  ['{"measurements": {"a": null, "b": 1}}', values, '`null` is absent, as `None` is in Python.'],
  ['{"measurements": {"a": true}}', values, 'A Python bool is an int.'],
  [
    '{"measurements": {"a": "0.5", "b": "1e-05"}}',
    values,
    '`json.dumps(..., default=str)` writes NumPy scalars as text.',
  ],
  ['{"measurements": {"a": "NaN", "b": "-inf"}}', values, 'JSON has no such numbers; Python prints `nan` and `inf`.'],
  ['{"measurements": {"a": "tensor(0.5)"}}', values, 'Call `.item()` on a tensor.'],
  ['{"measurements": {"a": 1e-400}}', values, 'A double would hold 0; send the number as text in `metadata`.'],
  ['{"measurements": {"a": -0.0}}', values, 'A metric value keeps the sign of zero.'],
  ['{"measurements": {"a": 1}, "step": "42"}', step, 'As for metric values.'],
  [
    '{"measurements": {"a": 1}, "step": "9007199254740990"}',
    step,
    'Text of 15 digits is always in range; send a longer integer as a number.',
  ],
  ['{"measurements": {"a": 1}, "step": 0.5}', step, 'A step counts; a fraction would be cut.'],
  [
    '{"measurements": {"a": 1}, "metadata": {"epoch": 2.67}}',
    step,
    "Hugging Face's Trainer reports fractions of an epoch; `metadata` keeps the fraction.",
  ],
  ['{"measurements": {"a": 1}, "epoch": "3"}', step, 'As for metric values.'],
  ['{"measurements": {"a": 1}, "timestamp": 1759667696}', time, '`time.time()` returns seconds: multiply by 1000.'],
  [
    '{"measurements": {"a": 1}, "timestamp": 1759667696789100}',
    time,
    '`time.time_ns() // 1000` returns microseconds: divide by 1000.',
  ],
  ['{"measurements": {"a": 1}, "timestamp": "1759667696789"}', time, 'As for metric values.'],
  ['{"measurements": {"a": 1}, "timestamp": "2025-10-05T12:34:56"}', time, '`datetime.utcnow().isoformat()`.'],
  [
    '{"measurements": {"a": 1}, "timestamp": "2025-10-05T12:34:56+00:00Z"}',
    time,
    '`datetime.now(timezone.utc).isoformat() + "Z"`; another offset before `Z` is a contradiction.',
  ],
  [
    '{"measurements": {"a": 1}, "timestamp": "2016-12-31T23:59:60Z"}',
    time,
    'A leap second, at the end of a month only, is read as POSIX and Postgres read it.',
  ],
  [
    '{"measurements": {"a": 1}, "timestamp": "2025-10-05T12:34:56.789100Z"}',
    time,
    'Digits below the millisecond are cut, but take part in the id made from content.',
  ],
];

/** How the parser reads an example: a part of the event, or its faults. */
function resultOf(input: string, part: (event: MlEvent) => unknown): string {
  const text = `{"event": "ml.run.metric", "trial_id": "t", ${input.slice(1)}`;
  const read = readJson(Buffer.from(text), { maxBytes: 1_000, maxEntries: 100, maxExactEntries: 100 });
  const receipt = { receivedAt: Date.UTC(2025, 9, 6), freshId: () => '' };
  const parsed = parseEvent(read.ok ? read.value : undefined, receipt);
  if (parsed.ok) return code(printed(part(parsed.event)));
  return parsed.faults.map((fault) => `${code(fault.code)}: ${cell(`${fault.path} ${fault.message}`)}`).join('; ');
}

/** `name: value`, with the doubles that JSON has no number for. */
const printed = (part: unknown): string =>
  Object.entries(part as object)
    .map(([name, value]) => `${name}: ${Object.is(value, -0) ? '-0' : value}`)
    .join(', ');

const fieldRows = (fields: readonly Field[]): string[][] =>
  fields.map(({ name, kind, meaning, also = [], fallback }) => [
    code(name),
    kind,
    codes([name, `metadata.${name}`, ...also]) +
      (fallback === undefined ? '' : `; else ${codes(fallback.places)} (${fallback.kind})`),
    cell(meaning),
  ]);

/** `docs/events.md`, from the tables that the parser reads by. */
export function events(): string {
  const head = ['Field', 'Kind', 'Places', 'Meaning'];
  const sections = EVENT_NAMES.map(
    (name) => `## \`${name}\`\n\nRecord \`${EVENT_RECORDS[name]}\`.\n\n${table(head, fieldRows(EVENT_FIELDS[name]))}`,
  );
  return `
# Events

An event is a JSON object in one of two shapes, or a mixture of them: the flat shape, with every field at the top, and
the Python shape, with fields in \`metadata\` and numbers in \`measurements\`. A field may occur in each of its places as
long as all its values agree; \`null\` counts as absent, so a null field changes neither the fields of the event nor the
id made of its content. Unknown fields are kept in \`metadata\`. Lengths and numbers of entries are the defaults of
\`INGEST_MAX_*\` in [configuration.md](configuration.md).

${table(['Kind', 'Accepted values'], Object.entries(KINDS))}

A metric value is a number; \`true\` (1) or \`false\` (0); the text of a number; or one of \`"NaN"\`, \`"Infinity"\`,
\`"-Infinity"\`, \`"nan"\`, \`"inf"\` and \`"-inf"\`.

Browsers and HTTP libraries remove \`.\` and \`..\` from the path of an address, percent-encoded too, so a request about such a
trial would be one about its run. Commands refuse these ids too, the Python client adds a hash to one, and a record of
another producer that has one becomes a dead letter. Earlier versions accepted them: tables that have one keep it, lists,
query parameters and exports return it, and a replay of the old log counts its events as rejected.

## All events

${table(head, [
  ['`event`', 'text', '`event`, `name`', `one of ${codes(EVENT_NAMES)}`],
  [
    '`event_id`',
    'text',
    '`event_id`',
    'up to 128 characters; a text that is not a UUID becomes its UUIDv5. If absent: the UUIDv5 of the API key, the `Idempotency-Key` of the request and the content of the event; else, for an event with a timestamp, the UUIDv5 of its content; else a new UUIDv7',
  ],
  ['`metadata`', 'json', '`metadata`', 'anything else worth keeping; unknown fields of the event are added to it'],
  ...fieldRows(COMMON_FIELDS),
])}

\`ml.trial.*\` needs \`trial_id\`. \`ml.run.*\` needs \`trial_id\` or \`model_run_id\`; with a \`trial_id\` it is about that trial.

A trial that is started again has the next \`attempt\`. Within a trial, the events of a later attempt replace those of an
earlier one, whatever their times; a late event of an earlier attempt changes nothing that a later one has set
([postgres.md](postgres.md#attempts)). Events without an attempt are before all attempts. Events of whole runs are not
compared by it.

${sections.join('\n\n')}

A stop needs \`state\`, or \`success\` (a boolean, also in \`metadata\`): true is completed; false is failed, and agrees with
cancelled. A metric event needs at least one value: in \`measurements\`, or as \`metric_name\` and \`metric_value\`.

## How values are read

Each line is a part of an \`ml.run.metric\` event, with the result of the parser.

${table(
  ['Input', 'Read as', 'Reason'],
  EXAMPLES.map(([input, part, reason]) => [code(input), resultOf(input, part), reason]),
)}

Integers in free-form JSON (\`metadata\`, \`hyperparams\`, \`parameters\`) keep all their digits: a seed of 128 bits arrives
as it was sent. Other numbers are doubles. A number outside the range of a double (about 1.8 * 10^308, so an integer of
more than 309 digits too), or so small that it would become 0, is refused with \`number_out_of_range\`: send it as text.
In free-form JSON and in the final \`metrics\` of a trial, \`-0\` is stored as \`0\`: both are \`jsonb\` in Postgres, whose
numbers are decimals without a negative zero.

A \`timestamp\` more than 24 h ahead of the gateway is refused with \`timestamp_in_future\`, unless the request has the header
\`Thunderline-Sent-At\` with its own time by the clock of the sender. The timestamp is then shifted by the difference between
that time and the time of receipt, and \`metadata.original_timestamp\` keeps the timestamp that was sent, in epoch
milliseconds. An \`original_timestamp\` of the sender is kept instead. Other timestamps are stored as they were sent.

## Records from other producers

A program that writes to \`ml.events\` itself must keep the same rules: the router rejects a record that breaks one, and it
becomes a dead letter with the reason \`invalid_event\` and a message that names the field. The JSON text of \`metadata\`,
\`hyperparams\` and \`parameters\` is read as strictly as at the gateway: no key twice in one object, and no number outside
the range of a double. Three rules differ:

- \`event_id\` must be a UUID: its schema declares the logical type \`uuid\`, and readers fail on other text.
- \`timestamp\` may be any time in the years 1 to 9999, because the type of the field settles its unit; it must not be more
  than 24 h ahead of \`received_at\`.
- The limits of \`INGEST_MAX_*\` do not apply: they protect the gateway, and each gateway may have others.
`;
}

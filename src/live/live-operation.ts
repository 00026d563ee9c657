import type { Schema } from '../http/openapi/kinds.ts';
import type { Operation } from '../http/route.ts';
import { RATES } from './live-hub.ts';

const list = (name: string, description: string): Schema => ({
  name,
  in: 'query',
  description: `${description} It may be given up to 100 times.`,
  schema: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 255 }, maxItems: 100 },
  explode: true,
});

const POSITION = 'The id of the last frame, or `as_of` of an answer: the feed continues there.';

/** The part of `/openapi.json` about the feed. `docs/live.md` describes the frames. */
export const liveOperation: Operation = {
  summary: 'Events and points as they arrive, as server-sent events',
  description:
    'The frames are `hello`, `data`, `position`, `gap`, `reset` and `bye`. The id of each is the position after it: a ' +
    'connection that states it, to any process, continues there and misses nothing.',
  parameters: [
    list('model_run_id', 'A run.'),
    list('trial_id', 'A trial of these runs.'),
    list('metric', 'A metric. It limits points, and no other event.'),
    {
      name: 'points',
      in: 'query',
      description: 'Whether points are sent.',
      schema: { type: 'boolean', default: true },
    },
    { name: 'hz', in: 'query', description: 'Data frames a second, at most.', schema: { enum: RATES, default: 10 } },
    { name: 'last_event_id', in: 'query', description: POSITION, schema: { type: 'string' } },
    {
      name: 'Last-Event-ID',
      in: 'header',
      description: `${POSITION} Of two, the further one counts.`,
      schema: { type: 'string' },
    },
  ],
  responses: {
    200: {
      description: 'Frames, until either side ends the connection.',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
  },
  problems: ['malformed_request', 'rate_limited', 'overloaded', 'shutting_down'],
};

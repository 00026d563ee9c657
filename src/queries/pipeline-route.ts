import { type Call, jsonReply, type Reply, type Route } from '../http/route.ts';
import type { PipelineState } from '../kafka/admin/pipeline-state.ts';
import { QueryReader } from './query-reader.ts';
import { COUNT, members } from './schema-kinds.ts';

/** `GET /api/pipeline`: the flow of records, from the offsets of Kafka. */
export const pipelineRoute = (read: () => Promise<PipelineState>): Route => ({
  name: 'showPipeline',
  method: 'GET',
  path: '/api/pipeline',
  scope: 'read',
  operation: {
    summary: 'Shows the rate, the lag and the dead letters of the pipeline',
    description: 'Counted by offsets of Kafka, at most every three seconds. A key that is bound to runs is refused.',
    responses: {
      200: {
        description: 'The state.',
        content: {
          'application/json': {
            schema: members({
              read_at: { type: 'number', description: 'Epoch milliseconds.' },
              events_last_minute: { ...COUNT, description: 'Records that entered `ml.events` in the last minute.' },
              consumers: {
                type: 'array',
                items: members({
                  consumer: { type: 'string' },
                  topic: { type: 'string' },
                  lag: { ...COUNT, description: 'Records that it has not committed.' },
                  is_running: { type: 'boolean', description: 'Whether a process is a member of its group.' },
                }),
              },
              dead_letters_last_hour: COUNT,
              dead_letters: { ...COUNT, description: 'All that `ml.deadletters` holds.' },
            }),
          },
        },
      },
    },
    problems: ['kafka_unavailable'],
  },
  async handle({ request }: Call): Promise<Reply> {
    new QueryReader(request, []);
    return { ...jsonReply(await read()), headers: { 'cache-control': 'no-store' } };
  },
});

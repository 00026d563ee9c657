import { readFileSync } from 'node:fs';
import { SCOPES } from '../../access/scopes.ts';
import type { ErrorCode } from '../../errors.ts';
import { DOCS_FILES } from '../docs.ts';
import type { IngestLimits } from '../ingest/posted.ts';
import { ROUTES, type Route, type RouteName } from '../routes.ts';
import { ANSWER_SCHEMAS, ANYWHERE, GUARDED, problemAnswers, RATE_LIMIT_HEADERS } from './answers.ts';
import { eventSchemas } from './event-schemas.ts';
import { ingestOperation } from './ingest-operation.ts';
import { ref, type Schema } from './kinds.ts';

const health = (what: string): Schema => ({
  summary: what,
  responses: {
    200: { description: 'All is well.', content: { 'application/json': { schema: ref('Health') } } },
    503: {
      description: 'Something is not; the checks say what.',
      content: { 'application/json': { schema: ref('Health') } },
    },
    ...problemAnswers(ANYWHERE.filter((code) => code !== 'shutting_down')),
  },
});

const reading = (
  summary: string,
  type: string,
  more: readonly ErrorCode[] = [],
  parameters: readonly Schema[] = [],
): Schema => ({
  summary,
  ...(parameters.length > 0 && { parameters }),
  responses: {
    200: {
      description: 'It.',
      content: { [type]: { schema: { type: type === 'application/json' ? 'object' : 'string' } } },
    },
    ...problemAnswers([...ANYWHERE, ...more]),
  },
});

/** What each route is; the compiler sees to it that none is left out. */
const operations = (limits: IngestLimits): Readonly<Record<RouteName, Schema>> => ({
  postEvents: ingestOperation(limits),
  live: health('Whether the process works; restart it when it does not'),
  ready: health('Whether to send it requests'),
  metrics: {
    summary: 'Metrics in the text format of Prometheus',
    responses: {
      200: {
        description: 'Metrics.',
        headers: RATE_LIMIT_HEADERS,
        content: { 'text/plain': { schema: { type: 'string' } } },
      },
      ...problemAnswers([...ANYWHERE, ...GUARDED]),
    },
  },
  openapi: reading('This description', 'application/json'),
  docs: reading('This description as a page', 'text/html'),
  docsFile: {
    summary: 'What the page is made of',
    parameters: [{ name: 'file', in: 'path', required: true, schema: { enum: DOCS_FILES } }],
    responses: {
      200: {
        description: 'The file.',
        content: { 'text/javascript': {}, 'text/css': {}, 'image/png': {} },
      },
      ...problemAnswers([...ANYWHERE, 'not_found']),
    },
  },
});

/** The description of the whole API by OpenAPI 3.1, from the tables that route and validate. */
export function describeApi(limits: IngestLimits): object {
  const paths: Record<string, Record<string, Schema>> = {};
  const described = operations(limits);
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    paths[route.path] ??= {};
    Object.assign(paths[route.path] ?? {}, { [route.method.toLowerCase()]: operationOf(name, route, described[name]) });
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Thunderline',
      version: version(),
      summary: 'Takes the training events of machine-learning fleets.',
      description:
        'A server without any API key listens on loopback only and asks for none. As soon as there is one, every address ' +
        'with a lock needs a key with its scope.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { ...eventSchemas(limits.event), ...ANSWER_SCHEMAS },
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: `An API key. Scopes: ${Object.entries(SCOPES)
            .map(([scope, lets]) => `\`${scope}\` (${lets})`)
            .join(', ')}.`,
        },
      },
    },
  };
}

const operationOf = (name: string, { scope }: Route, operation: Schema): Schema => ({
  operationId: name,
  ...(scope === null ? { security: [] } : { security: [{ key: [scope] }] }),
  ...operation,
});

function version(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

import { SCOPES, type Scope } from '../access/scopes.ts';
import { version } from '../version.ts';
import { ANSWER_SCHEMAS, ANYWHERE, GUARDED, problemAnswers } from './openapi/answers.ts';
import type { Schema } from './openapi/kinds.ts';
import type { Route } from './route.ts';

/** The description of the API by OpenAPI 3.1, from the routes that serve it. */
export function describeApi(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of routes) {
    const methods = paths[route.path] ?? {};
    methods[route.method.toLowerCase()] = operationOf(route);
    paths[route.path] = methods;
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Thunderline',
      version: version(),
      summary: 'Accepts the training events of machine-learning fleets.',
      description:
        'A server without any API key listens on loopback only and needs none. Once a key exists, every address marked ' +
        'with a lock needs a key with its scope.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: Object.assign({}, ...routes.map(({ operation }) => operation.schemas), ANSWER_SCHEMAS),
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: `An API key. Scopes: ${Object.entries(SCOPES)
            .map(([scope, permits]) => `\`${scope}\` (${permits})`)
            .join(', ')}.`,
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-thunderline',
          description:
            'The session of a browser, from `POST /api/session`. On http at a loopback host the name of the cookie is ' +
            '`thunderline-` and the port.',
        },
      },
    },
  };
}

/** The scopes that a session of a browser may have. */
const isForSessions = (scope: Scope): boolean => scope === 'read' || scope === 'command';

function operationOf({ name, scope, operation }: Route): Schema {
  const { problems = [], problemMembers, schemas: _, responses, ...rest } = operation;
  const codes = [...ANYWHERE, ...(scope === null ? [] : GUARDED), ...problems];
  return {
    operationId: name,
    security: scope === null ? [] : [{ key: [scope] }, ...(isForSessions(scope) ? [{ session: [scope] }] : [])],
    ...rest,
    responses: { ...problemAnswers(codes, problemMembers), ...responses },
  };
}

import { describe, expect, test } from '@jest/globals';
import type { HttpAnswer } from '../../src/mlflow/http-exchange.ts';
import { sortAnswer } from '../../src/mlflow/sort-answer.ts';

const answer = (status: number, contentType: string, body: string): HttpAnswer => ({
  status,
  contentType,
  body: Buffer.from(body),
});
const fault = (status: number, error_code: string, message: string): HttpAnswer =>
  answer(status, 'application/json', JSON.stringify({ error_code, message }));

test.each([
  ['an empty answer', '{}', {}],
  ['a nested one', '{"run": {"info": {"run_id": "a"}}}', { run: { info: { run_id: 'a' } } }],
  [
    'bare NaN and Infinity, as the bulk history has them',
    '{"metrics":[{"value":NaN,"step":1},{"value":-Infinity}]}',
    { metrics: [{ value: 'NaN', step: 1 }, { value: '-Infinity' }] },
  ],
  ['the same words in a text', '{"a":"\\"value\\":NaN,","value":NaN}', { a: '"value":NaN,', value: 'NaN' }],
])('reads %s', (_, body, content) => {
  expect(sortAnswer(answer(200, 'application/json', body))).toEqual({ kind: 'ok', content });
});

describe('a dependency that is to be asked again', () => {
  test.each([
    ['busy', answer(429, 'text/plain', 'slow down')],
    ['busy', answer(503, 'text/html', '<h1>Service Unavailable</h1>')],
    ['busy', answer(502, 'text/html', '<html><body>Bad Gateway</body></html>')],
    ['busy', answer(408, '', '')],
    ['busy', answer(425, '', '')],
    ['busy', answer(504, 'application/json', '{}')],
    ['busy', fault(503, 'TEMPORARILY_UNAVAILABLE', '(psycopg.errors.DeadlockDetected) deadlock detected')],
    ['busy', fault(429, 'REQUEST_LIMIT_EXCEEDED', 'too many')],
    [
      'pool',
      fault(400, 'BAD_REQUEST', 'QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00'),
    ],
    ['crash', answer(500, 'text/html', '<title>500 Internal Server Error</title>')],
    ['crash', fault(500, 'INTERNAL_ERROR', 'KeyError')],
  ])('%s', (reason, given) => {
    expect(sortAnswer(given)).toMatchObject({ kind: 'unavailable', reason });
  });
});

describe('a wrong configuration, with the setting to check', () => {
  test.each([
    [answer(401, 'text/html', 'You are not authenticated'), /MLFLOW_TRACKING_USERNAME/],
    [
      answer(403, 'text/plain', 'Invalid Host header - possible DNS rebinding attack detected'),
      /MLFLOW_SERVER_ALLOWED_HOSTS/,
    ],
    [fault(500, 'FEATURE_DISABLED', 'Workspaces are not enabled'), /MLFLOW_WORKSPACE/],
    [answer(404, 'text/html', '<title>404 Not Found</title>'), /MLFLOW_TRACKING_URI/],
    [fault(404, 'ENDPOINT_NOT_FOUND', 'no'), /MLFLOW_TRACKING_URI/],
    [answer(404, 'application/json', '{"detail":"Not Found"}'), /MLFLOW_TRACKING_URI/],
    [answer(302, 'text/html', ''), /redirects/],
    [answer(200, 'text/html', '<form>Log in</form>'), /MLFLOW_TRACKING_URI/],
    [answer(200, 'application/json', 'not json'), /MLFLOW_TRACKING_URI/],
    [answer(200, 'application/json', '[1]'), /MLFLOW_TRACKING_URI/],
  ])('%j', (given, hint) => {
    expect(sortAnswer(given)).toEqual({
      kind: 'unavailable',
      reason: 'configuration',
      message: expect.stringMatching(hint),
    });
  });
});

describe('a refusal of the data', () => {
  test.each([
    ['gone', fault(404, 'RESOURCE_DOES_NOT_EXIST', 'Run with id=x not found')],
    ['exists', fault(400, 'RESOURCE_ALREADY_EXISTS', 'Experiment(name=x) already exists.')],
    [
      'inactive',
      fault(400, 'INVALID_PARAMETER_VALUE', "The run abc must be in the 'active' state. Current state is deleted."),
    ],
    [
      'inactive',
      fault(
        400,
        'INVALID_PARAMETER_VALUE',
        "The experiment 7 must be in the 'active' state. Current state is deleted.",
      ),
    ],
    [
      'changed_param',
      fault(400, 'INVALID_PARAMETER_VALUE', "Changing param values is not allowed. Params were already logged='x'"),
    ],
    ['data', fault(400, 'INVALID_PARAMETER_VALUE', 'Invalid value "a(b)" for parameter \'metrics[0].name\'')],
    [
      'race',
      fault(
        400,
        'BAD_REQUEST',
        '(psycopg.errors.UniqueViolation) duplicate key value violates unique constraint "metric_pk"',
      ),
    ],
    ['race', fault(400, 'BAD_REQUEST', '(sqlite3.IntegrityError) UNIQUE constraint failed: tags.key, tags.run_uuid')],
    [
      'race',
      fault(400, 'BAD_REQUEST', '(pymysql.err.IntegrityError) (1062, "Duplicate entry \'QueuePool limit\' for key")'),
    ],
    [
      'data',
      fault(
        400,
        'BAD_REQUEST',
        '(psycopg.errors.StringDataRightTruncation) value too long for type character varying(250)',
      ),
    ],
    ['data', fault(400, 'BAD_REQUEST', '(psycopg.DataError) PostgreSQL text fields cannot contain NUL (0x00) bytes')],
    ['data', fault(400, 'BAD_REQUEST', '(builtins.ValueError) A string literal cannot contain NUL (0x00) characters.')],
    ['unclear', fault(400, 'BAD_REQUEST', '(psycopg.errors.ForeignKeyViolation) insert or update on table "metrics"')],
    ['unclear', fault(400, 'BAD_REQUEST', 'something else')],
    ['data', answer(413, 'text/html', '<h1>413 Request Entity Too Large</h1>')],
    ['data', fault(400, 'SOMETHING_NEW', 'refused')],
    ['forbidden', answer(403, 'text/html', 'Permission denied')],
    ['forbidden', answer(403, 'text/html', '<h1>403 Forbidden</h1>')],
    ['forbidden', fault(403, 'PERMISSION_DENIED', 'no')],
    ['forbidden', fault(400, 'PERMISSION_DENIED', 'no')],
  ])('%s: %j', (kind, given) => {
    expect(sortAnswer(given)).toEqual({ kind, message: expect.any(String) });
  });

  test.each([
    [
      'changed_param',
      "Changing param values is not allowed. Params were already logged='The run x must be in the 'active' state'",
    ],
    ['data', 'Invalid value "Changing param values is not allowed" for parameter \'metrics[0].name\''],
    ['data', "Invalid value \"The run x must be in the 'active' state\" for parameter 'tags[0].key'"],
  ])('%s, although the data quotes another refusal', (kind, message) => {
    expect(sortAnswer(fault(400, 'INVALID_PARAMETER_VALUE', message)).kind).toBe(kind);
  });
});

test('quotes MLflow in its own words, without tags, bounded, and without credentials', () => {
  const message = (given: HttpAnswer): string => (sortAnswer(given) as { message: string }).message;
  expect(message(fault(404, 'RESOURCE_DOES_NOT_EXIST', 'Run with id=x not found'))).toBe(
    '404 RESOURCE_DOES_NOT_EXIST Run with id=x not found',
  );
  expect(message(answer(503, 'text/html', '<style>x{}</style><h1>Down</h1>\n<p>for a while</p>'))).toBe(
    '503 text/html Down for a while',
  );
  expect(message(fault(400, 'BAD_REQUEST', 'x'.repeat(100_000))).length).toBe(2_000);
  expect(message(fault(500, 'INTERNAL_ERROR', 'cannot reach postgres://user:s3cret@host/db'))).not.toContain('s3cret');
});

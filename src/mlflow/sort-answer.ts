import { withoutSecretForms } from '../redact.ts';
import type { HttpAnswer } from './http-exchange.ts';
import type { UnavailableReason } from './mlflow-unavailable.ts';

/** A JSON object of an answer. */
export type JsonContent = Readonly<Record<string, unknown>>;

/**
 * The reasons for which MLflow refuses the content of a request:
 * `data` it will never accept it; `unclear` its database refused it without a reason that is known, so it is `data` if it
 * stays; `race` another writer of the run was faster, and the same request succeeds when it is sent again; `changed_param` a
 * param of the run has another value, and no part of the request was stored; `inactive` the run or the experiment was
 * deleted; `gone` it does not exist; `exists` its name is taken; `forbidden` this user may not do that to it. With its own
 * authentication, MLflow answers so too for a run that does not exist.
 */
export const REFUSALS = [
  'data',
  'unclear',
  'race',
  'changed_param',
  'inactive',
  'gone',
  'exists',
  'forbidden',
] as const;

/** A refusal, in the words of MLflow. */
export interface Refusal {
  readonly kind: (typeof REFUSALS)[number];
  readonly message: string;
}

/** The meaning of an answer. */
export type SortedAnswer =
  | { readonly kind: 'ok'; readonly content: JsonContent }
  | { readonly kind: 'unavailable'; readonly reason: UnavailableReason; readonly message: string }
  | Refusal;

const MAX_MESSAGE_LENGTH = 2_000;

/** Statuses by which a server or a proxy asks for a later attempt. */
const BUSY: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/**
 * Sorts an answer by its status, its media type, MLflow's error code and its message. The status alone does not suffice: 400
 * may be a full connection pool, 500 a wrong setting, and 200 the login page of a proxy. Only `application/json` is parsed.
 */
export function sortAnswer(answer: HttpAnswer): SortedAnswer {
  const { status } = answer;
  const content = contentOf(answer);
  if (content === undefined) return sortForeign(answer);
  if (status >= 200 && status < 300) return { kind: 'ok', content };
  const code = typeof content.error_code === 'string' ? content.error_code : '';
  const words = typeof content.message === 'string' ? content.message : '';
  const message = textOf(status, code, words);
  if (BUSY.has(status) || code === 'TEMPORARILY_UNAVAILABLE' || code === 'REQUEST_LIMIT_EXCEEDED') {
    return { kind: 'unavailable', reason: 'busy', message };
  }
  if (status === 401 || code === 'FEATURE_DISABLED') return configuration(message, hintOf(status, code));
  if (status === 403 || code === 'PERMISSION_DENIED') return forbidden(message);
  if (status >= 500) return { kind: 'unavailable', reason: 'crash', message };
  if (code === '' || code === 'ENDPOINT_NOT_FOUND') return configuration(message, hintOf(status, code));
  return sortRefusal(code, words, message);
}

/** The patterns are anchored, because the rest of the words may quote the data of the request. */
function sortRefusal(code: string, words: string, message: string): SortedAnswer {
  switch (code) {
    case 'RESOURCE_DOES_NOT_EXIST':
      return { kind: 'gone', message };
    case 'RESOURCE_ALREADY_EXISTS':
      return { kind: 'exists', message };
    case 'INVALID_PARAMETER_VALUE':
      if (/^The (?:run|experiment) \S+ must be in the 'active' state/.test(words)) return { kind: 'inactive', message };
      if (words.startsWith('Changing param values is not allowed')) return { kind: 'changed_param', message };
      return { kind: 'data', message };
    case 'BAD_REQUEST':
      return sortDatabaseError(words, message);
    default:
      return { kind: 'data', message };
  }
}

/**
 * MLflow answers nearly every error of its database with 400 BAD_REQUEST. The words start with the class of the error, as
 * `(psycopg.errors.UniqueViolation) duplicate key ...`.
 */
function sortDatabaseError(words: string, message: string): SortedAnswer {
  if (/^(?:\([\w.]*TimeoutError\) )?QueuePool limit/.test(words))
    return { kind: 'unavailable', reason: 'pool', message };
  const [, error = '', text = ''] = /^\([\w.]*?(\w+)\) (.*)/.exec(words) ?? [];
  if (error === 'UniqueViolation' || /^(?:UNIQUE constraint|\(1062,|duplicate key)/.test(text))
    return { kind: 'race', message };
  if (DATA_ERRORS.has(error) || text.includes('cannot contain NUL (0x00)')) return { kind: 'data', message };
  return { kind: 'unclear', message };
}

/** Errors of psycopg and of the other drivers about a value that a column cannot hold. */
const DATA_ERRORS: ReadonlySet<string> = new Set([
  'StringDataRightTruncation',
  'NumericValueOutOfRange',
  'UntranslatableCharacter',
  'DataError',
]);

/** An answer that is not JSON: of a proxy, of another server, or of the layers of MLflow in front of its API. */
function sortForeign({ status, contentType, body }: HttpAnswer): SortedAnswer {
  const message = textOf(status, contentType, plain(body.toString('utf8', 0, MAX_MESSAGE_LENGTH)));
  if (BUSY.has(status)) return { kind: 'unavailable', reason: 'busy', message };
  if (status >= 500) return { kind: 'unavailable', reason: 'crash', message };
  // A proxy in front of MLflow has a limit of its own, which a smaller request may satisfy.
  if (status === 413) return { kind: 'data', message };
  if (status === 403 && !message.includes(FOREIGN_HOST)) return forbidden(message);
  return configuration(message, hintOf(status, message));
}

const configuration = (message: string, hint: string): SortedAnswer => ({
  kind: 'unavailable',
  reason: 'configuration',
  message: `${message}: ${hint}`,
});

const forbidden = (message: string): SortedAnswer => ({
  kind: 'forbidden',
  message: `${message}: ${CREDENTIALS}, and the permissions of that user`,
});

/** The words with which MLflow refuses every request to a host name that it does not have. */
const FOREIGN_HOST = 'Invalid Host header';
const CREDENTIALS = 'check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN';

/** The setting to check. */
function hintOf(status: number, text: string): string {
  if (text.includes('FEATURE_DISABLED')) return 'remove MLFLOW_WORKSPACE, or enable workspaces on the server';
  if (text.includes(FOREIGN_HOST))
    return 'add the host of MLFLOW_TRACKING_URI to MLFLOW_SERVER_ALLOWED_HOSTS of the server';
  if (status === 401) return CREDENTIALS;
  if (status >= 300 && status < 400) return 'set MLFLOW_TRACKING_URI to the address to which the server redirects';
  return 'check that MLFLOW_TRACKING_URI is the address of an MLflow server, with its path prefix';
}

function contentOf({ contentType, body }: HttpAnswer): JsonContent | undefined {
  if (contentType !== 'application/json') return undefined;
  try {
    const value: unknown = JSON.parse(withJsonNumbers(body.toString('utf8')));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonContent) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The bulk history has the bare words NaN and Infinity, which JSON does not have, as the value of a metric. The quotes of a
 * text are escaped, so the pattern does not occur in one.
 */
const withJsonNumbers = (text: string): string =>
  text.includes('NaN') || text.includes('Infinity')
    ? text.replaceAll(/("value": ?)(NaN|-?Infinity)(?=[,}\s])/g, '$1"$2"')
    : text;

/** The text is cut before credentials are searched, too: that search takes the square of its length. */
const textOf = (status: number, code: string, message: string): string =>
  withoutSecretForms(
    `${status} ${code} ${message.slice(0, 2 * MAX_MESSAGE_LENGTH)}`.replaceAll(/ +/g, ' ').trim(),
  ).slice(0, MAX_MESSAGE_LENGTH);

/** The text of a page without its tags. */
const plain = (page: string): string =>
  page
    .replaceAll(/<(?:style|script)[^>]*>[\s\S]*?<\/(?:style|script)>/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

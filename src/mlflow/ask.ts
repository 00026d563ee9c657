import { countCalls } from '../dependency-calls.ts';
import type { Metrics } from '../metrics.ts';
import type { CallBudget } from './call-budget.ts';
import type { HttpCall, HttpExchange } from './http-exchange.ts';
import { MlflowUnavailable } from './mlflow-unavailable.ts';
import { UnexpectedContent } from './read-content.ts';
import { type JsonContent, REFUSALS, type Refusal, type SortedAnswer, sortAnswer } from './sort-answer.ts';

/** The content of an answer, or MLflow's refusal of the content of the request. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** One request of the API. */
export interface Question<T> {
  /** Its path below the prefix of the API, which names it in metrics and errors. */
  readonly call: string;
  /** Encoded into the query; a list repeats its name. An undefined value is left out. */
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  /** Sent as JSON by POST; a question without it is a GET. */
  readonly body?: unknown;
  /** The run that it writes to: one such request at a time, over all processes. */
  readonly writesTo?: string;
  readonly read: (content: JsonContent) => T;
  /** Called when the request has its place in the budget, right before each time that it is sent; it must be quick. */
  readonly beforeSend?: (() => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the answer, at most; absent: 1 MiB. */
  readonly maxAnswerBytes?: number;
  /** Absent: the prefix of the public API. */
  readonly prefix?: string;
}

/**
 * Asks MLflow one question. Rejects with {@link MlflowUnavailable}, with `DatabaseUnavailable` if the budget cannot be read,
 * with `AnswerTooLarge`, and with the reason of the signal.
 */
export type Ask = <T>(question: Question<T>) => Promise<Result<T>>;

export interface AskParts {
  readonly base: string;
  readonly exchange: HttpExchange;
  readonly budget: CallBudget;
  readonly metrics: Metrics;
}

const PREFIX = '/api/2.0/mlflow';
const MAX_ANSWER_BYTES = 1_048_576;

export function createAsk({ base, exchange, budget, metrics }: AskParts): Ask {
  const startCall = countCalls(metrics, 'mlflow');

  async function send({ call, beforeSend }: Question<unknown>, request: HttpCall): Promise<SortedAnswer> {
    await beforeSend?.();
    const end = metrics.mlflowSeconds.startTimer({ call });
    const endCall = startCall();
    let result = 'failed';
    try {
      const answer = sortAnswer(await exchange.send(request));
      result = answer.kind === 'unavailable' ? answer.reason : answer.kind;
      return answer;
    } catch (error) {
      if (error instanceof MlflowUnavailable) result = error.reason;
      throw error;
    } finally {
      end();
      metrics.mlflowCalls.inc({ call, result });
      endCall(result === 'ok' ? 'ok' : REFUSALS.some((kind) => kind === result) ? 'refused' : 'failed');
    }
  }

  async function inBudget(question: Question<unknown>): Promise<SortedAnswer> {
    const { writesTo, signal } = question;
    const request = requestOf(question);
    const waited = metrics.mlflowWaitSeconds.startTimer();
    return budget.run(writesTo, signal, async () => {
      waited();
      const answer = await send(question, request);
      // The other writer has finished its transaction, so the same request finds its rows.
      return answer.kind === 'race' ? send(question, request) : answer;
    });
  }

  return async (question) => {
    const { call, read } = question;
    const answer = await inBudget(question);
    switch (answer.kind) {
      case 'ok':
        return { ok: true, value: readContent(call, () => read(answer.content)) };
      case 'unavailable':
        if (answer.reason === 'pool') budget.slowDown();
        throw new MlflowUnavailable(answer.reason, `MLflow at ${base}: ${call}: ${answer.message}`);
      default:
        return { ok: false, refusal: answer };
    }
  };

  function readContent<T>(call: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UnexpectedContent)) throw error;
      throw new MlflowUnavailable('crash', `MLflow at ${base}: ${call}: ${error.message}`, { cause: error });
    }
  }
}

function requestOf({ call, query, body, signal, maxAnswerBytes, prefix }: Question<unknown>): HttpCall {
  const path = `${prefix ?? PREFIX}/${call}${queryOf(query ?? {})}`;
  return {
    method: body === undefined ? 'GET' : 'POST',
    path,
    body: body === undefined ? undefined : JSON.stringify(body),
    maxAnswerBytes: maxAnswerBytes ?? MAX_ANSWER_BYTES,
    signal,
  };
}

function queryOf(query: NonNullable<Question<unknown>['query']>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined) parameters.append(name, String(item));
    }
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}

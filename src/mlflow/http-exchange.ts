import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { withoutCredentials } from '../address.ts';
import { describeNetworkError } from '../network-error.ts';
import type { MlflowAccess } from './mlflow-access.ts';
import { MlflowUnavailable } from './mlflow-unavailable.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  /** Path and query below the base, encoded; starts with a slash. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string | undefined;
  /** Bytes of the answer, at most. */
  readonly maxAnswerBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** In lower case, without parameters; empty if the answer has none. */
  readonly contentType: string;
  readonly body: Buffer;
}

export interface HttpExchange {
  /**
   * Sends one request and reads the whole answer. Rejects with {@link MlflowUnavailable} if there is no answer, or none
   * within the time limit, with {@link AnswerTooLarge}, and with the reason of the signal when it is aborted.
   */
  send(call: HttpCall): Promise<HttpAnswer>;
  close(): void;
}

/** An answer has more bytes than its request allows. A smaller page of the same list may fit. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
  /** The first bytes of the answer, as text. */
  readonly start: string;

  constructor(maxBytes: number, start: Buffer) {
    super(`an answer of MLflow has more than ${maxBytes} bytes`);
    this.start = start.toString('utf8', 0, START_BYTES);
  }
}

const START_BYTES = 4_096;

/** The server of MLflow closes a connection that is idle for 5 s. Closing it first avoids a race with the next request. */
const IDLE_MS = 4_000;
const MAX_SOCKETS = 8;

/** HTTP to MLflow over connections that are kept open: opening one for each request costs the server up to 20 % more. */
export function openExchange({ base, timeoutMs, headers, ...access }: MlflowAccess): HttpExchange {
  const settings = { keepAlive: true, timeout: IDLE_MS, maxSockets: MAX_SOCKETS };
  const isTls = base.startsWith('https:');
  const agent = isTls ? new TlsAgent({ ...settings, ...tlsOf(access) }) : new Agent(settings);
  const request = isTls ? httpsRequest : httpRequest;

  async function exchange(call: HttpCall, deadline: AbortSignal): Promise<HttpAnswer> {
    const body = call.body === undefined ? undefined : Buffer.from(call.body);
    const signal = call.signal === undefined ? deadline : AbortSignal.any([call.signal, deadline]);
    const outgoing = request(`${base}${call.path}`, {
      agent,
      method: call.method,
      signal,
      headers: {
        ...headers(),
        accept: 'application/json',
        'user-agent': 'thunderline',
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': body.length }),
      },
    });
    return readAnswer(await answerOf(outgoing, body), call.maxAnswerBytes);
  }

  return {
    async send(call) {
      call.signal?.throwIfAborted();
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        return await exchange(call, deadline);
      } catch (error) {
        if (error instanceof AnswerTooLarge) throw error;
        call.signal?.throwIfAborted();
        const cause = deadline.aborted
          ? `no answer within ${timeoutMs} ms (MLFLOW_TIMEOUT_MS)`
          : withoutCredentials(describeNetworkError(error));
        throw new MlflowUnavailable('unreachable', `MLflow at ${base}: ${cause}`, { cause: error });
      }
    },
    close: () => agent.destroy(),
  };
}

const tlsOf = ({ certificate, clientCertificate }: Pick<MlflowAccess, 'certificate' | 'clientCertificate'>) => ({
  ...(certificate !== undefined && { ca: certificate }),
  // One file has both, as the client of MLflow expects it.
  ...(clientCertificate !== undefined && { cert: clientCertificate, key: clientCertificate }),
});

function answerOf(outgoing: ClientRequest, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    // After the answer started, an error of the request is one of the answer too, which its reader reports.
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function readAnswer(answer: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop destroys the connection, so that the rest of a large answer is not read.
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > maxBytes) throw new AnswerTooLarge(maxBytes, Buffer.concat(chunks));
  }
  const [contentType = ''] = (answer.headers['content-type'] ?? '').split(';');
  return {
    status: answer.statusCode ?? 0,
    contentType: contentType.trim().toLowerCase(),
    body: Buffer.concat(chunks, bytes),
  };
}

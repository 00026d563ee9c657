import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../errors.ts';
import { ownAddress } from './own-address.ts';
import { apiKeyRemedy, readApiKey } from './read-api-key.ts';

/** The server that a command is posted to, and the key for it. */
export interface CommandTarget {
  /** A process with the role `commands`; absent, this machine and PORT. */
  readonly url?: string;
  readonly apiKeyFile?: string;
}

/** The answer to a command, or the problem in its place. */
interface Answered {
  readonly model_run_id: string;
  readonly trial_id?: string;
  readonly code?: string;
  readonly detail?: string;
  readonly faults?: readonly { readonly path: string; readonly message: string }[];
}

const ANSWER_TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;
const PAUSE_MS = 500;

/**
 * Posts a command over HTTP. A command whose answer is lost is posted again under the same key, and takes effect once.
 *
 * @param what what is refused in a message about several faults, such as `the study`.
 */
export async function postCommand(target: CommandTarget, path: string, what: string, body?: object): Promise<Answered> {
  const url = new URL(path, target.url ?? ownAddress());
  const apiKey = await readApiKey(target.apiKeyFile);
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
  };
  const request = { method: 'POST', headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(url, request).catch((error: Error) => error);
    const isLast = attempt === ATTEMPTS;
    if (answer instanceof Error) {
      if (isLast) throw new UsageError(`${url.origin} does not answer: ${answer.message}`, { cause: answer });
    } else if (answer.status === 202) return answer.body;
    else if (isLast || answer.status < 500) throw refused(what, answer);
    await sleep(PAUSE_MS * attempt);
  }
}

async function ask(url: URL, request: RequestInit): Promise<{ readonly status: number; readonly body: Answered }> {
  const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, body: isJson ? JSON.parse(text) : { detail: text.slice(0, 300) } };
}

function refused(what: string, { status, body }: { readonly status: number; readonly body: Answered }): UsageError {
  const faults = body.faults?.map(({ path, message }) => `\n  ${path} ${message}`).join('') ?? '';
  const detail = faults === '' ? body.detail : `${what} was refused:`;
  return new UsageError(`${status} ${body.code ?? ''}: ${detail}${faults}${apiKeyRemedy(status, 'command')}`);
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../../mlflow/ask.ts';
import { MlflowUnavailable } from '../../mlflow/mlflow-unavailable.ts';
import type { Refusal } from '../../mlflow/sort-answer.ts';

/** An item that MLflow refuses, with MLflow's message. */
export interface RefusedItem<T> {
  readonly item: T;
  readonly message: string;
}

/** The run or the experiment cannot be written to: it was deleted, does not exist, has another value of a param, or is forbidden. */
export class RunRefused extends Error {
  override readonly name = 'RunRefused';
  readonly kind: 'inactive' | 'gone' | 'changed_param' | 'exists' | 'forbidden';

  constructor({ kind, message }: { readonly kind: RunRefused['kind']; readonly message: string }) {
    super(message);
    this.kind = kind;
  }
}

export interface SendParts<T> {
  readonly send: (items: readonly T[]) => Promise<Result<unknown>>;
  /** A small write of the same kind that MLflow cannot refuse for its data. It shows whether MLflow can write at all. */
  readonly probe: () => Promise<Result<unknown>>;
}

const ATTEMPTS = 3;
const PAUSE_MS = 300;

/**
 * Sends items in one call. If MLflow refuses them for their data, they are halved until the refused ones are found: at
 * most twenty more calls for one refused item of a thousand. Returns the refused items; all others are stored.
 *
 * MLflow reports some faults of data as errors of the server, and errors of its database as faults of data. An answer that is
 * neither is final only if it stays while a small write succeeds; otherwise it is thrown as {@link MlflowUnavailable}.
 *
 * Throws {@link RunRefused} if no item can be stored.
 */
export async function sendBisected<T>(items: readonly T[], parts: SendParts<T>): Promise<readonly RefusedItem<T>[]> {
  if (items.length === 0) return [];
  const refusal = await verdict(items, parts);
  if (refusal === undefined) return [];
  if (refusal.kind !== 'data') throw new RunRefused(refusal as RunRefused);
  const [only] = items;
  if (only !== undefined && items.length === 1) return [{ item: only, message: refusal.message }];
  const middle = items.length >> 1;
  return [...(await sendBisected(items.slice(0, middle), parts)), ...(await sendBisected(items.slice(middle), parts))];
}

/** Why MLflow refuses the items; undefined if it stored them. */
async function verdict<T>(items: readonly T[], { send, probe }: SendParts<T>): Promise<Refusal | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const refusal = await attempted(() => send(items));
    if (refusal === undefined) return undefined;
    if (refusal.kind !== 'unclear' && refusal.kind !== 'race') return refusal;
    if (attempt < ATTEMPTS) {
      await sleep(PAUSE_MS * attempt);
      continue;
    }
    const trouble = await attempted(probe);
    if (trouble === undefined) return { kind: 'data', message: refusal.message };
    if (trouble.kind === 'unclear' || trouble.kind === 'race') throw new MlflowUnavailable('crash', trouble.message);
    return trouble;
  }
}

/** The refusal of a call. An answer 500 may be caused by the data of the request too. */
async function attempted(call: () => Promise<Result<unknown>>): Promise<Refusal | undefined> {
  try {
    const result = await call();
    return result.ok ? undefined : result.refusal;
  } catch (error) {
    if (error instanceof MlflowUnavailable && error.reason === 'crash') {
      return { kind: 'unclear', message: error.message };
    }
    throw error;
  }
}

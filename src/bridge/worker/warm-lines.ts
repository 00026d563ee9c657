import { isObject, type JsonObject } from '../../events/values.ts';
import { readJson } from '../../http/json/read-json.ts';
import { lastJson } from './last-json.ts';
import type { Payload } from './runner.ts';
import type { WorkerCall } from './workers.ts';

export const PROTOCOL = 1;

/** A line of a warm worker. */
export type WorkerLine =
  | { readonly kind: 'ready'; readonly protocol: unknown }
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'report'; readonly step: number; readonly value: number }
  | { readonly kind: 'result'; readonly commandId: unknown; readonly result: JsonObject }
  | {
      readonly kind: 'error';
      readonly commandId: unknown;
      readonly error: { readonly type: string; readonly message: string; readonly traceback: string };
    }
  | { readonly kind: 'invalid'; readonly why: string };

const LIMITS = { maxBytes: 64 * 1_048_576, maxEntries: 1_000_000, maxExactEntries: 100_000 };
const SHOWN = 200;

const invalid = (why: string, line: string): WorkerLine => ({
  kind: 'invalid',
  why: `${why}: ${JSON.stringify(line.slice(0, SHOWN))}`,
});

/** Reads a line; the protocol is in docs/bridge-contract.md. */
export function readWorkerLine(bytes: Buffer): WorkerLine {
  const line = bytes.toString('utf8');
  // The same tolerance for NaN and infinities as in the results of one-shot scripts.
  const found = line.startsWith('{') ? lastJson(line) : undefined;
  if (found?.kind !== 'found') return invalid('a line is not a JSON object', line);
  const read = readJson(Buffer.from(found.text, 'utf8'), LIMITS);
  if (!read.ok || !isObject(read.value)) return invalid('a line is not a JSON object', line);
  const message = read.value;
  if (isObject(message.ready)) return { kind: 'ready', protocol: message.ready.protocol };
  if (message.heartbeat === true) return { kind: 'heartbeat' };
  if (isObject(message.report)) {
    const { step, value } = message.report;
    const number = typeof value === 'string' ? Number(value) : value;
    if (Number.isSafeInteger(step) && typeof number === 'number')
      return { kind: 'report', step: step as number, value: number };
    return invalid('a report needs a step and a value', line);
  }
  if (isObject(message.result)) return { kind: 'result', commandId: message.command_id, result: message.result };
  if (isObject(message.error)) {
    const error = readError(message.error);
    if (error === undefined) return invalid('the members of an error are not strings', line);
    return { kind: 'error', commandId: message.command_id, error };
  }
  return invalid('a line has none of the members ready, heartbeat, report, result, error', line);
}

/** Absent and null members have defaults. */
function readError(given: JsonObject): Extract<WorkerLine, { kind: 'error' }>['error'] | undefined {
  const type = given.type ?? 'Exception';
  const message = given.message ?? '';
  const traceback = given.traceback ?? '';
  if (typeof type !== 'string' || typeof message !== 'string' || typeof traceback !== 'string') return undefined;
  return { type, message, traceback };
}

/** The line of a command. */
export function commandLine(call: WorkerCall, payload: Payload): string {
  const members = {
    command_id: call.commandId,
    op: call.op,
    run_id: call.modelRunId,
    trial_id: call.trialId ?? null,
    correlation: call.correlationId,
    status: call.status ?? '',
    attempt: call.attempt,
    traceparent: call.traceparent ?? null,
    timeout_ms: call.timeoutMs,
  };
  // The payload is JSON already, on one line.
  return `${JSON.stringify(members).slice(0, -1)},"payload":${payload.text}}\n`;
}

export const STOP_LINE = '{"stop": true}\n';

export const pruneLine = (prune: boolean): string => `{"prune": ${prune}}\n`;

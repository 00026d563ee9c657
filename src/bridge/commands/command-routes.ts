import type { Access } from '../../access/access.ts';
import { requireRun } from '../../access/run-reach.ts';
import type { TrialCommand } from '../../avro/records.ts';
import type { IdSource } from '../../http/id-source.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { Problem } from '../../http/problem.ts';
import { readJsonBody } from '../../http/read-json-body.ts';
import { type Call, jsonReply, type Reply, type Route } from '../../http/route.ts';
import { freshIds, idempotentIds } from './command-ids.ts';
import { addTrialsOperation, cancelRunOperation, startRunOperation } from './command-operations.ts';
import type { CommandProducer } from './command-producer.ts';
import { type CommandReceipt, type ParsedCommands, parseCancel, parseStart, parseTrials } from './parse-command.ts';
import type { FindSpent } from './spent-commands.ts';

export interface CommandRouteParts {
  readonly commands: CommandProducer;
  readonly ids: IdSource;
  readonly findSpent: FindSpent;
  readonly maxBodyBytes: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Values in a body, at most: those of the largest allowed objects of all trials do not fit in its bytes anyway. */
const MAX_ENTRIES = 200_000;
const MAX_EXACT_ENTRIES = 20_000;

type Commands = readonly [TrialCommand, ...TrialCommand[]];

/**
 * The routes that write commands. The answer is 202 once every in-sync replica has the commands; whether a bridge runs, and
 * what it does with them, is in the tables.
 */
export function createCommandRoutes(parts: CommandRouteParts): readonly Route[] {
  const { commands, ids, findSpent, maxBodyBytes, now } = parts;
  const json = { maxBytes: maxBodyBytes, maxEntries: MAX_ENTRIES, maxExactEntries: MAX_EXACT_ENTRIES };

  function receiptOf({ request, access }: Call): CommandReceipt {
    const key = readIdempotencyKey(request);
    const receivedAt = now();
    return {
      receivedAt,
      ids: key === undefined ? freshIds(() => ids.eventId(receivedAt)) : idempotentIds(access.client, key),
    };
  }

  async function send({ request }: Call, parsed: ParsedCommands, answer: (sent: Commands) => object): Promise<Reply> {
    if (!parsed.ok) throw rejected(parsed.faults);
    await commands.send(parsed.commands, ids.traceparent(request.headers.traceparent as string | undefined));
    return jsonReply(answer(parsed.commands), 202);
  }

  async function requireUnspent(sent: Commands, isList: boolean): Promise<void> {
    const spent = await findSpent(sent);
    if (spent.length === 0) return;
    const faults = spent.map(({ index, field, message }) => ({
      code: 'command_spent',
      path: isList ? `[${index}].${field}` : field,
      message,
    }));
    throw new Problem('command_spent', `nothing was commanded: ${listed(faults)}`, { members: { faults } });
  }

  /** Serves a request with a body. */
  const withBody =
    (
      parse: (input: unknown, call: Call, receipt: CommandReceipt) => ParsedCommands,
      answer: (sent: Commands) => object,
    ) =>
    async (call: Call): Promise<Reply | undefined> => {
      const receipt = receiptOf(call);
      const body = await readJsonBody(call, json);
      if (body === undefined) return undefined;
      if (!body.ok) throw rejected([body.fault]);
      const parsed = parse(body.value, call, receipt);
      if (parsed.ok) await requireUnspent(parsed.commands, Array.isArray(body.value));
      return send(call, parsed, answer);
    };

  const cancel = (call: Call): Promise<Reply> => {
    const { run = '', trial = null } = call.parameters;
    return send(call, parseCancel(run, trial, receiptOf(call)), ([{ command_id, model_run_id, trial_id }]) => ({
      command_id,
      model_run_id,
      ...(trial_id !== null && { trial_id }),
    }));
  };

  return [
    {
      name: 'startRun',
      method: 'POST',
      path: '/api/runs',
      scope: 'command',
      boundKeys: 'handler',
      operation: startRunOperation(maxBodyBytes),
      handle: withBody(
        (input, { access }, receipt) => withinReach(access, parseStart(input, access.runPrefix, receipt)),
        ([{ command_id, model_run_id }]) => ({ command_id, model_run_id }),
      ),
    },
    {
      name: 'runTrials',
      method: 'POST',
      path: '/api/runs/{run}/trials',
      scope: 'command',
      operation: addTrialsOperation(maxBodyBytes),
      handle: withBody(
        (input, { parameters }, receipt) => parseTrials(input, parameters.run ?? '', receipt),
        (sent) => ({
          model_run_id: sent[0].model_run_id,
          trials: sent.map(({ command_id, trial_id }) => ({ command_id, trial_id })),
        }),
      ),
    },
    {
      name: 'cancelRun',
      method: 'POST',
      path: '/api/runs/{run}/cancel',
      scope: 'command',
      operation: cancelRunOperation('run'),
      handle: cancel,
    },
    {
      name: 'cancelTrial',
      method: 'POST',
      path: '/api/runs/{run}/trials/{trial}/cancel',
      scope: 'command',
      operation: cancelRunOperation('trial'),
      handle: cancel,
    },
  ];
}

function rejected(faults: (ParsedCommands & { readonly ok: false })['faults']): Problem {
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  return new Problem('command_rejected', `the command has ${count}: ${listed(faults)}`, { members: { faults } });
}

const listed = (faults: readonly { readonly path: string; readonly message: string }[]): string =>
  faults
    .map(({ path, message }) => `${path} ${message}`.trim())
    .join('; ')
    .slice(0, 1_000);

/** Throws `AccessRefused` if the key is bound to other runs than the one that the body names. */
function withinReach(access: Access, parsed: ParsedCommands): ParsedCommands {
  if (!parsed.ok) return parsed;
  const [{ model_run_id }] = parsed.commands;
  requireRun(access, model_run_id);
  return parsed;
}

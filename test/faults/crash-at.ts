import diagnostics from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import http, { type ClientRequest, type IncomingMessage, ServerResponse } from 'node:http';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { readPositionNote } from '../../src/kafka/wire/position-note.ts';
import type { RoleName } from '../../src/pipeline.ts';
import { parseClaim } from '../../src/sinks/archive/claim.ts';
import type { CrashPoint } from './harness/crash-point.ts';

/**
 * Kills this process with SIGKILL at one moment in the work of a role. src/ contains nothing for this: the methods of the
 * libraries that do the work are wrapped. FAULTS_CRASH_AT is the moment (`router before the write`), FAULTS_CRASH_AFTER the
 * number of times it passes without a crash, and FAULTS_CRASH_BY=bug throws a TypeError instead.
 */
// biome-ignore lint/suspicious/noExplicitAny: the inner classes of libraries, which have no types.
type Prototype = Record<string, any>;
type Arguments = unknown[];

const [, role, point] = /^(\w+) (.+)$/.exec(process.env.FAULTS_CRASH_AT ?? '') ?? [];
let left = Number(process.env.FAULTS_CRASH_AFTER ?? 0);
const require = createRequire(import.meta.url);

function reached(): void {
  left -= 1;
  if (left >= 0) return;
  writeSync(2, `crash: ${role} ${point}\n`);
  if (process.env.FAULTS_CRASH_BY === 'bug') throw new TypeError('a bug injected by a test');
  process.kill(process.pid, 'SIGKILL');
}

/** Calls {@link reached} before or after each call of a method whose arguments satisfy `isMeant`. */
function around(
  prototype: Prototype,
  method: string,
  moment: 'before' | 'after',
  isMeant: (args: Arguments) => boolean,
) {
  const original = prototype[method] as (...args: Arguments) => unknown;
  prototype[method] = function (this: unknown, ...args: Arguments) {
    const meant = isMeant(args);
    if (meant && moment === 'before') reached();
    const result = original.apply(this, args);
    if (!meant || moment === 'before') return result;
    return (result as Promise<unknown>).then((value) => {
      reached();
      return value;
    });
  };
}

const always = () => true;

const read = () => around(require('kafkajs/src/consumer/runner').prototype, 'processEachBatch', 'before', always);
const produce = (moment: 'before' | 'after') =>
  around(require('kafkajs/src/broker').prototype, 'produce', moment, always);

/** Whether a commit has nothing but the archive's claims on objects, which it makes before it writes them. */
const isClaim = ([offsets]: Arguments): boolean =>
  (offsets as { topics: { partitions: { metadata?: string }[] }[] }).topics.every(({ partitions }) =>
    partitions.every(({ metadata }) => parseClaim(readPositionNote(metadata).note) !== undefined),
  );
const commit = (moment: 'before' | 'after') =>
  around(require('kafkajs/src/consumer/consumerGroup').prototype, 'commitOffsets', moment, (args) => !isClaim(args));

/** The write of each role that a test kills. The commit of a gateway is its answer. */
const WRITES: Readonly<Partial<Record<RoleName, (moment: 'before' | 'after') => void>>> = {
  gateway: produce,
  router: produce,
  artifacts: produce,
  postgres: (moment) => around(require('pg').Client.prototype, 'query', moment, ([text]) => text === 'commit'),
  // The end of a trial is decided by one statement. The first statement of its publication shows that it was: pools of pg
  // pass a callback, so that the statement itself returns no promise to wait for.
  bridge: (moment) =>
    around(require('pg').Client.prototype, 'query', 'before', ([query]) =>
      moment === 'before'
        ? (query as { name?: string } | undefined)?.name === 'bridge-end'
        : typeof query === 'string' && query.includes('as g (model_run_id, trial_id) using'),
    ),
  archive: (moment) =>
    around(require('@aws-sdk/client-s3').S3Client.prototype, 'send', moment, ([command]) =>
      String((command as object).constructor.name).startsWith('PutObject'),
    ),
};

function writeOf(name: RoleName): (moment: 'before' | 'after') => void {
  const write = WRITES[name];
  if (write === undefined)
    throw new Error(`no write is listed for the role ${name}: add it to WRITES in test/faults/crash-at.ts`);
  return write;
}

/** Calls {@link reached} before each statement of this name, or after each that found or changed a row. */
function aroundQuery(moment: 'before' | 'after', name: string): void {
  const { prototype } = require('pg').Client as { prototype: Prototype };
  const original = prototype.query as (...args: Arguments) => unknown;
  prototype.query = function (this: unknown, ...args: Arguments) {
    if ((args[0] as { name?: string } | undefined)?.name !== name) return original.apply(this, args);
    if (moment === 'before') reached();
    const last = args.at(-1);
    // A pool passes a callback; a client returns a promise without one.
    if (moment === 'after' && typeof last === 'function') {
      const callback = (...results: Arguments): void => {
        if (hasRows(results[1])) reached();
        last(...results);
      };
      return original.apply(this, [...args.slice(0, -1), callback]);
    }
    const result = original.apply(this, args);
    if (moment === 'before') return result;
    return (result as Promise<unknown>).then((value) => {
      if (hasRows(value)) reached();
      return value;
    });
  };
}

const hasRows = (result: unknown): boolean => (result as { rowCount?: number } | undefined)?.rowCount !== 0;

const SENT_MS = 4;

/** Calls {@link reached} before, during or after each request to this path of MLflow's API. */
function aroundCall(moment: 'before' | 'during' | 'after', call: string): void {
  const original = http.request as (...args: Arguments) => ClientRequest;
  http.request = ((...args: Arguments): ClientRequest => {
    const [address = ''] = String(args[0]).split('?');
    const isMeant = address.endsWith(`/api/2.0/mlflow/${call}`);
    if (isMeant && moment === 'before') reached();
    const request = original(...args);
    if (isMeant && moment === 'during') request.once('finish', () => setTimeout(reached, SENT_MS));
    if (isMeant && moment === 'after') request.once('response', reached);
    return request;
  }) as typeof http.request;
  syncBuiltinESMExports();
}

/** Calls {@link reached} for each POST, and not for the requests to the health routes. */
const onPost = (channel: string) =>
  diagnostics.subscribe(channel, (message) => {
    if ((message as { request: IncomingMessage }).request.method === 'POST') reached();
  });

function answer(moment: 'before' | 'after'): void {
  if (moment === 'after') onPost('http.server.response.finish');
  else around(ServerResponse.prototype as unknown as Prototype, 'writeHead', 'before', ([status]) => status === 202);
}

const isGateway = role === 'gateway';
const AT: Readonly<Record<CrashPoint, () => void>> = {
  'at read': isGateway ? () => onPost('http.server.request.start') : read,
  'before the write': () => writeOf(role as RoleName)('before'),
  'after the write': () => writeOf(role as RoleName)('after'),
  'before the commit': () => (isGateway ? answer : commit)('before'),
  'after the commit': () => (isGateway ? answer : commit)('after'),
};
const [, moment, kind, name] = /^(before|during|after) (call|query) (.+)$/.exec(point ?? '') ?? [];
if (kind === 'call') aroundCall(moment as 'before', name ?? '');
else if (kind === 'query') aroundQuery(moment as 'before', name ?? '');
else AT[point as CrashPoint]();

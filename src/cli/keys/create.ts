import { Command, InvalidArgumentError } from 'commander';
import { issueKey } from '../../access/issue-key.ts';
import { isScope, SCOPE_NAMES, SCOPES, type Scope } from '../../access/scopes.ts';
import type { AccessStore } from '../../access/tables/access-store.ts';
import { UsageError } from '../../errors.ts';
import { printLine, printNote } from '../print-line.ts';
import { actorOfCommand, withAccessStore } from './with-access-store.ts';

interface CreateOptions {
  readonly scopes: readonly Scope[];
  readonly name: string;
  readonly run?: string;
  readonly expires?: number;
}

export const createCommand = (): Command =>
  new Command('create')
    .description('create a key and print it once; only its hash is stored')
    .requiredOption('--scopes <scopes>', `comma-separated: ${scopeHelp()}`, parseScopes)
    .requiredOption('--name <name>', 'the person or program that will use it', parseName)
    .option('--run <prefix>', 'the key reaches only runs whose model_run_id starts with this (default: all)', parseRun)
    .option(
      '--expires <duration>',
      'how long it is valid, such as 90d, 12h or 30m (default: until revoked)',
      parseDuration,
    )
    .action((options: CreateOptions) => withAccessStore((store) => create(store, options)));

/** Prints only the key on standard output, so that `npx thunderline keys create .. > key-file` stores it. */
async function create({ keys }: AccessStore, { scopes, name, run = '', expires }: CreateOptions): Promise<void> {
  if (run !== '' && scopes.includes('admin')) {
    throw new UsageError(
      'a key with the scope admin reaches every run: leave out --run, or choose ingest, read or command',
    );
  }
  const expiresAt = expires === undefined ? null : Date.now() + expires;
  const isFirst = !(await keys.anyConfigured());
  const { id, key } = await issueKey(keys, { name, scopes, runPrefix: run, expiresAt }, actorOfCommand());
  const until = expiresAt === null ? 'until it is revoked' : `until ${new Date(expiresAt).toISOString()}`;
  const reach = run === '' ? 'every run' : `runs that start with ${JSON.stringify(run)}`;
  printNote(`Key ${id} for ${name}, scopes ${scopes.join(', ')}, ${reach}, valid ${until}. It is shown only once:`);
  printLine(key);
  if (isFirst) printNote(FIRST_KEY);
}

/** A gateway that was open answers 401 once it has read the first key; access.md, "With and without keys". */
const FIRST_KEY =
  'This is the only active key. Within 10 s, gateways that needed no key until now answer 401 to every request ' +
  'without one, except for health and the description of the API. Revoking the key does not open them again: restart them.';

const scopeHelp = (): string => SCOPE_NAMES.map((scope) => `${scope} (${SCOPES[scope]})`).join(', ');

function parseScopes(text: string): Scope[] {
  const names = text.split(',').map((name) => name.trim());
  const scopes = names.filter(isScope);
  if (scopes.length === names.length) return [...new Set(scopes)];
  throw new InvalidArgumentError(`the scopes are ${SCOPE_NAMES.join(', ')}`);
}

function parseName(text: string): string {
  if (/^[^\p{Cc}]{1,100}$/u.test(text)) return text;
  throw new InvalidArgumentError('expected 1 to 100 characters, none of them a control character');
}

/** A prefix obeys the rules of a `model_run_id`, of which it is a part. */
function parseRun(text: string): string {
  if (/^[^\p{Cc}]{1,255}$/u.test(text)) return text;
  throw new InvalidArgumentError('expected 1 to 255 characters, none of them a control character');
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 3_660 * 86_400_000;

function parseDuration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError('expected a duration up to ten years, such as 90d, 12h or 30m');
}

import { Command, InvalidArgumentError } from 'commander';
import { KEY_ID, readKey } from '../access/api-key.ts';
import { issueKey } from '../access/issue-key.ts';
import { isScope, SCOPE_NAMES, SCOPES, type Scope } from '../access/scopes.ts';
import { loadConfig } from '../config.ts';
import { UsageError } from '../errors.ts';
import { createLog } from '../log.ts';
import { type ApiKeyStore, connectApiKeys, isUnmigrated, type StoredKey } from '../store/api-keys.ts';
import { DatabaseUnavailable } from '../store/database-error.ts';
import { printLine, printNote, printTable } from './print-line.ts';

interface CreateOptions {
  readonly scopes: readonly Scope[];
  readonly name: string;
  readonly expires?: number;
}

/** `thunderline keys create|list|revoke`: the API keys that clients authenticate with. */
export function keysCommand(): Command {
  const command = new Command('keys').description('create, list or revoke API keys');
  command
    .command('create')
    .description('create a key and print it: this once, for only its hash is kept')
    .requiredOption('--scopes <scopes>', `comma-separated: ${scopeHelp()}`, parseScopes)
    .requiredOption('--name <name>', 'who will use it', parseName)
    .option('--expires <duration>', 'how long it is good, as 90d, 12h or 30m (default: for ever)', parseDuration)
    .action((options: CreateOptions) => withKeys((keys) => create(keys, options)));
  command
    .command('list')
    .description('list all keys, newest first')
    .option('--json', 'one JSON object a line')
    .action(({ json }: { json?: boolean }) => withKeys((keys) => list(keys, json === true)));
  command
    .command('revoke')
    .description('revoke a key; every gateway refuses it within 10 s')
    .argument('<key>', 'its id, its name where no other key has it, or the key itself')
    .action((text: string) => withKeys((keys) => revoke(keys, text)));
  return command;
}

/** Only the key goes to standard output, so that `KEY=$(npx thunderline keys create ...)` holds it. */
async function create(keys: ApiKeyStore, { scopes, name, expires }: CreateOptions): Promise<void> {
  const expiresAt = expires === undefined ? null : Date.now() + expires;
  const { id, key } = await issueKey(keys, { name, scopes, expiresAt });
  const until = expiresAt === null ? 'until it is revoked' : `until ${new Date(expiresAt).toISOString()}`;
  printNote(`Key ${id} for ${name}, scopes ${scopes.join(', ')}, good ${until}. It is shown this once:`);
  printLine(key);
}

async function list(keys: ApiKeyStore, asJson: boolean): Promise<void> {
  const rows = (await keys.list()).map((key) => ({
    id: key.id,
    name: key.name,
    scopes: key.scopes.join(','),
    state: stateOf(key),
    created: isoOf(key.createdAt),
    expires: isoOf(key.expiresAt),
    revoked: isoOf(key.revokedAt),
  }));
  if (asJson) for (const row of rows) printLine(JSON.stringify(row));
  else if (rows.length === 0) printLine('There is no key.');
  else printTable(Object.fromEntries(rows.map(({ id, ...row }) => [id, row])));
}

async function revoke(keys: ApiKeyStore, text: string): Promise<void> {
  const id = readKey(text)?.id ?? (KEY_ID.test(text) ? text : await idOfName(keys, text));
  if (!(await keys.revoke(id))) throw new UsageError(`there is no key ${id} that is not revoked`);
  printLine(`revoked ${id}`);
}

async function idOfName(keys: ApiKeyStore, name: string): Promise<string> {
  const found = (await keys.list()).filter((key) => key.name === name && key.revokedAt === null);
  const [first, ...others] = found;
  if (first === undefined) throw new UsageError(`there is no key named ${name} that is not revoked`);
  if (others.length === 0) return first.id;
  throw new UsageError(
    `${found.length} keys are named ${name}: name one by its id, ${found.map(({ id }) => id).join(', ')}`,
  );
}

async function withKeys(work: (keys: ApiKeyStore) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const keys = connectApiKeys(config.postgres.url.reveal(), createLog(config.process.logLevel));
  try {
    await work(keys);
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    throw new UsageError(
      isUnmigrated(error)
        ? 'the database has no table of keys yet: run "npx thunderline migrate" first'
        : `cannot reach the keys in DATABASE_URL: ${error.message}`,
      { cause: error },
    );
  } finally {
    await keys.close();
  }
}

const scopeHelp = (): string => SCOPE_NAMES.map((scope) => `${scope} (${SCOPES[scope]})`).join(', ');

function parseScopes(text: string): Scope[] {
  const names = text.split(',').map((name) => name.trim());
  const scopes = names.filter(isScope);
  if (scopes.length === names.length) return [...new Set(scopes)];
  throw new InvalidArgumentError(`there are ${SCOPE_NAMES.join(', ')}`);
}

function parseName(text: string): string {
  if (/^[^\p{Cc}]{1,100}$/u.test(text)) return text;
  throw new InvalidArgumentError('expected 1 to 100 characters, none of them a control character');
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 3_660 * 86_400_000;

function parseDuration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError('expected a duration up to ten years, as 90d, 12h or 30m');
}

function stateOf({ revokedAt, expiresAt }: StoredKey): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= Date.now() ? 'expired' : 'good';
}

const isoOf = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());

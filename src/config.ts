import { accessOptions } from './access/options.ts';
import { withoutCredentials } from './address.ts';
import { artifactOptions } from './artifacts/options.ts';
import { registryOptions } from './avro/options.ts';
import { commandOptions } from './bridge/commands/options.ts';
import { bridgeOptions } from './bridge/options.ts';
import { queueOptions } from './bridge/queue/options.ts';
import { findConfigProblems } from './config-problems.ts';
import { UsageError } from './errors.ts';
import { ingestOptions } from './http/ingest/options.ts';
import { httpOptions } from './http/options.ts';
import { kafkaOptions } from './kafka/options.ts';
import { liveOptions } from './live/options.ts';
import { mlflowOptions } from './mlflow/options.ts';
import { type Option, type OptionGroup, uniqueVariables, type Values } from './option.ts';
import { producerOptions } from './producers/options.ts';
import { queriesOptions } from './queries/options.ts';
import { createRedaction, type Redact, type Redaction } from './redact.ts';
import { retentionOptions } from './retention/options.ts';
import { consumerOptions, processOptions } from './runtime/options.ts';
import { secretsOfHeaders, secretsOfSetting, wordsOfSetting } from './secrets-of-setting.ts';
import { type SettingText, settingText } from './setting-text.ts';
import { archiveOptions, s3Options } from './sinks/archive/options.ts';
import { mirrorOptions } from './sinks/mlflow/options.ts';
import { postgresOptions } from './store/options.ts';
import { tracingOptions } from './tracing/options.ts';

/**
 * Every setting, in groups; each group is declared beside the code that it configures. `docs/configuration.md` is
 * generated from these. A group or an option given twice does not compile, nor does a variable that two options read.
 */
export const OPTIONS = uniqueVariables({
  process: processOptions,
  http: httpOptions,
  ingest: ingestOptions,
  access: accessOptions,
  kafka: kafkaOptions,
  registry: registryOptions,
  producer: producerOptions,
  consumer: consumerOptions,
  postgres: postgresOptions,
  s3: s3Options,
  archive: archiveOptions,
  artifacts: artifactOptions,
  mlflow: mlflowOptions,
  commands: commandOptions,
  bridge: bridgeOptions,
  mirror: mirrorOptions,
  queue: queueOptions,
  live: liveOptions,
  queries: queriesOptions,
  retention: retentionOptions,
  tracing: tracingOptions,
});

export type OptionGroupName = keyof typeof OPTIONS;

type Settings = { readonly [Group in OptionGroupName]: Values<(typeof OPTIONS)[Group]> };

/** Every setting, read, by group: `config.kafka.brokers`. */
export interface Config extends Settings {
  /** Hides every secret of the settings in a text: also each one that a file has held since the start. */
  readonly redact: Redact;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings from `environment`, and secrets from the files that it names. An empty variable counts as absent. Throws
 * {@link UsageError} naming every variable that cannot be read, or the ones that do not go together.
 */
export function loadConfig(environment: Environment = process.env): Config {
  const problems: string[] = [];
  const redaction = redactionFor(environment);
  const readText = (option: Option): SettingText | undefined => {
    try {
      return withoutItsSecrets(option, environment, redaction);
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  };
  const read = (option: Option): unknown => {
    const { text, again } = readText(option) ?? {};
    if (text === undefined || again === undefined) return undefined;
    try {
      return option.read(text, again);
    } catch (error) {
      const { variable, secret } = option;
      problems.push(`${variable}: ${(error as Error).message}${secret ? '' : `, got ${shown(text)}`}`);
      return undefined;
    }
  };
  const settings = mapValues<OptionGroup, unknown>(OPTIONS, (group) => mapValues(group, read)) as Settings;
  // Settings that cannot be read would cause further problems here.
  if (problems.length === 0) problems.push(...findConfigProblems(settings));
  if (problems.length > 0) throw new UsageError(`cannot start with these settings:\n  ${problems.join('\n  ')}`);
  return { ...settings, redact: redaction.redact };
}

/** Hides the secrets of the settings in a text, also where the settings cannot be read. */
export function redactOf(environment: Environment = process.env): Redact {
  const redaction = redactionFor(environment);
  for (const option of ALL) {
    try {
      withoutItsSecrets(option, environment, redaction);
    } catch {
      // Its file cannot be read, which `loadConfig` reports.
    }
  }
  return redaction.redact;
}

const ALL: readonly Option[] = Object.values<OptionGroup>(OPTIONS).flatMap((group) => Object.values(group));

function redactionFor(environment: Environment): Redaction {
  const redaction = createRedaction(wordsOf(environment));
  for (const secret of secretsOfHeaders(environment)) redaction.add(secret);
  return redaction;
}

/** The words of all settings that are no secret. */
const wordsOf = (environment: Environment): ReadonlySet<string> =>
  new Set(
    ALL.flatMap(({ variable, fallback, secret }) => wordsOfSetting(environment[variable] || (fallback ?? ''), secret)),
  );

/** The text of an option, whose secrets are hidden from then on; so are those of each text that it has later. */
function withoutItsSecrets(option: Option, environment: Environment, redaction: Redaction): SettingText {
  const { variable, secret } = option;
  const userVariable = variable.replace(/PASSWORD$/, 'USERNAME').replace(/CLIENT_SECRET$/, 'CLIENT_ID');
  const user = userVariable === variable ? '' : (environment[userVariable] ?? '');
  const hide = (text: string): string => {
    for (const found of secretsOfSetting(text, secret, user)) redaction.add(found.secret, found.user);
    return text;
  };
  const { text, again } = settingText(option, environment);
  if (text !== undefined) hide(text);
  return { text, again: () => hide(again()) };
}

/** An unreadable value may be an address with a typing error, in which the password precedes the last @. */
const shown = (value: string): string => JSON.stringify(withoutCredentials(value.replace(/^.*@/s, '***@')));

const mapValues = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

/** The variables of this process whose names are allowed: for programs that it starts. */
export const variablesOf = (
  isAllowed: (name: string) => boolean,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && isAllowed(entry[0]),
    ),
  );

/** How this process was started: by npm, by `bin/thunderline.js` with this process id under an older Node, or by neither. */
export const launcherOf = (environment: Readonly<Record<string, string | undefined>> = process.env) => ({
  npm: environment.npm_lifecycle_event !== undefined,
  pid: Number(environment.THUNDERLINE_LAUNCHER),
});

import { accessOptions } from './access/options.ts';
import { withoutCredentials } from './address.ts';
import { registryOptions } from './avro/options.ts';
import { UsageError } from './errors.ts';
import { ingestOptions } from './http/ingest/options.ts';
import { httpOptions } from './http/options.ts';
import { kafkaOptions } from './kafka/options.ts';
import { type Option, type OptionGroup, uniqueVariables, type Values } from './option.ts';
import { producerOptions } from './producers/options.ts';
import { consumerOptions, processOptions } from './runtime/options.ts';
import { archiveOptions, s3Options } from './sinks/archive/options.ts';
import { postgresOptions } from './store/options.ts';

/**
 * Every setting there is, in groups; each group lies beside the code that it configures. `docs/configuration.md` is
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
});

export type OptionGroupName = keyof typeof OPTIONS;

/** Every setting, read, by group: `config.kafka.brokers`. */
export type Config = { readonly [Group in OptionGroupName]: Values<(typeof OPTIONS)[Group]> };

/**
 * Reads the settings from `environment`. An empty variable counts as absent. Throws {@link UsageError} naming every
 * variable that cannot be read.
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const problems: string[] = [];
  const read = ({ variable, fallback, read, secret }: Option): unknown => {
    const value = environment[variable] || fallback;
    try {
      return value === undefined ? undefined : read(value);
    } catch (error) {
      problems.push(`${variable}: ${(error as Error).message}${secret ? '' : `, got ${shown(value ?? '')}`}`);
      return undefined;
    }
  };
  const config = mapValues<OptionGroup, unknown>(OPTIONS, (group) => mapValues(group, read));
  if (problems.length > 0) throw new UsageError(`cannot start with these settings:\n  ${problems.join('\n  ')}`);
  return config as Config;
}

/** An unreadable value may be an address with a typing error, whose password stands before the last @. */
const shown = (value: string): string => JSON.stringify(withoutCredentials(value.replace(/^.*@/s, '***@')));

const mapValues = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

/** How this process was started: by npm, by `bin/thunderline.js` with this process id under an older Node, or by neither. */
export const launcherOf = (environment: Readonly<Record<string, string | undefined>> = process.env) => ({
  npm: environment.npm_lifecycle_event !== undefined,
  pid: Number(environment.THUNDERLINE_LAUNCHER),
});

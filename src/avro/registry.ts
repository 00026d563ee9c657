import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { describeNetworkError } from '../network-error.ts';
import { isAbsent, type RegistrySettings, registryAccess, settingHint } from './registry-access.ts';

/** The registry does not answer; callers retry. */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable';
}

/** The registry refuses a schema because it could not read the records of an earlier version. */
export class IncompatibleSchema extends Error {
  override readonly name = 'IncompatibleSchema';
  readonly needsOperator = true;
}

export interface Registry {
  /** Registers `text` under `subject` with compatibility BACKWARD and returns its id; the same text has the same id. */
  register(subject: string, text: string): Promise<number>;
  /** The text of schema `id`; undefined when the registry does not have it. Throws {@link RegistryUnavailable}. */
  schemaText(id: number): Promise<string | undefined>;
}

interface ResponseError {
  readonly status?: number;
  readonly message?: string;
  /** Method and address, as in `put http://…/config/…`. */
  readonly url?: string;
}

const statusOf = (error: unknown): number | undefined => (error as ResponseError).status;

/** The library's messages start with its own name, and with the status 400 where there was no answer. */
const LIBRARY = /^Confluent_Schema_Registry - (?:Error, status 400: (?=connect |getaddrinfo ))?/;
/** The library's text for an answer that is not an error of a registry. */
const NO_MESSAGE = /: \[object Object\]$/;

function describe(error: unknown): string {
  if (error instanceof TypeError) return describeNetworkError(error);
  return (error as Error).message.replace(LIBRARY, '').replace(NO_MESSAGE, '');
}

/** Another process is registering the same new subject and has set its compatibility first. */
const isOvertaken = (error: unknown): boolean =>
  statusOf(error) === 409 && (error as ResponseError).url?.includes('/config/') === true;

/** The library first registers a subject and then sets its compatibility; in between the subject has none. */
const isWithoutCompatibility = (error: unknown): boolean =>
  (error as Error).name === 'ConfluentSchemaRegistryCompatibilityError' && (error as Error).message.endsWith('NONE)');

/**
 * Returns a client of the schema registry; no request is made yet.
 *
 * @param timeoutMs how long one request may take.
 */
export function connectRegistry(settings: RegistrySettings, timeoutMs = 5_000): Registry {
  const { base, headers } = registryAccess(settings);
  const registry = new SchemaRegistry({
    host: base,
    retry: { maxRetryTimeInSecs: 2, initialRetryTimeInSecs: 0.1, factor: 0.2, multiplier: 2, retries: 3 },
    // By default the library waits for an answer without limit.
    middlewares: [() => ({ prepareRequest: async (next) => (await next()).enhance({ timeout: timeoutMs, headers }) })],
  });

  async function setCompatibility(subject: string): Promise<void> {
    const response = await fetch(`${base}/config/${encodeURIComponent(subject)}`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ compatibility: COMPATIBILITY.BACKWARD }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    // 409: another process set it first.
    if (!response.ok && response.status !== 409) throw new Error(`it answers ${response.status} for ${subject}`);
  }

  async function register(subject: string, text: string): Promise<number> {
    const schema = { type: SchemaType.AVRO, schema: text } as const;
    const attempt = () => registry.register(schema, { subject, compatibility: COMPATIBILITY.BACKWARD });
    const { id } = await attempt().catch(async (error: unknown) => {
      // The process that created the subject may be about to set it, or may have died in between.
      if (isWithoutCompatibility(error)) await setCompatibility(subject);
      else if (!isOvertaken(error)) throw error;
      return attempt();
    });
    return id;
  }

  return {
    async register(subject, text) {
      try {
        return await register(subject, text);
      } catch (error) {
        const cause = { cause: error };
        if (statusOf(error) === 409 || statusOf(error) === 422) {
          throw new IncompatibleSchema(
            `the registry refuses the schema of ${subject}: ${(error as Error).message}. ` +
              'Run "thunderline schemas check" to see the field; keep old fields, and give new ones a default.',
            cause,
          );
        }
        const message = `schema registry ${base}: ${describe(error)}${settingHint(statusOf(error))}`;
        throw new RegistryUnavailable(message, cause);
      }
    },

    // The library's own look-up parses and caches the schema as a type that is not used here, and has no time-out.
    async schemaText(id) {
      try {
        const response = await fetch(`${base}/schemas/ids/${id}`, { headers, signal: AbortSignal.timeout(timeoutMs) });
        if (await isAbsent(response)) return undefined;
        if (!response.ok) throw new Error(`it answers ${response.status} for id ${id}${settingHint(response.status)}`);
        return ((await response.json()) as { schema: string }).schema;
      } catch (error) {
        // A truncated answer is a TypeError, and one that is not JSON a SyntaxError, although neither is a bug of this program.
        throw new RegistryUnavailable(`schema registry ${base}: ${describeNetworkError(error)}`, { cause: error });
      }
    },
  };
}

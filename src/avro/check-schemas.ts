import avro from 'avsc';
import { describeNetworkError } from '../network-error.ts';
import type { Topic } from '../topics.ts';
import { subjectOf, TOPIC_RECORDS } from './codec.ts';
import { RegistryUnavailable } from './registry.ts';
import {
  isAbsent,
  type RegistryAccess,
  type RegistrySettings,
  registryAccess,
  settingHint,
} from './registry-access.ts';
import type { SchemaFile, Schemas } from './schemas.ts';

/** The breaking changes of one subject; none if the schema is compatible or not registered yet. */
export interface SubjectCheck {
  readonly subject: string;
  readonly problems: readonly string[];
}

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';
const TIMEOUT_MS = 10_000;

/**
 * Checks against the registry that each schema can read the records of the latest registered one (compatibility BACKWARD),
 * and names the fields that cannot. Changes nothing.
 */
export async function checkSchemas(
  registry: RegistrySettings,
  schemas: Schemas,
  topicPrefix: string,
  topics: readonly Topic[],
): Promise<SubjectCheck[]> {
  const access = registryAccess(registry);
  const subjects = topics.flatMap((topic) =>
    TOPIC_RECORDS[topic].map((name) => ({
      subject: subjectOf(topicPrefix, topic, schemas[name]),
      schema: schemas[name],
    })),
  );
  return Promise.all(
    subjects.map(async ({ subject, schema }) => ({ subject, problems: await check(access, subject, schema) })),
  );
}

/**
 * Checks that each schema can read the records of the files of an earlier release, without a registry.
 *
 * @returns a check of each record that both have, by its name.
 */
export function checkReleased(schemas: Schemas, released: Schemas): SubjectCheck[] {
  return Object.values(released).map(({ name, fullName, text }) => {
    const now = schemas[name];
    const problems =
      now === undefined
        ? ['the schema was removed, but topics and archives still contain its records']
        : breakingFields(JSON.parse(now.text) as RecordSchema, JSON.parse(text) as RecordSchema);
    return { subject: fullName, problems };
  });
}

async function check({ base, headers }: RegistryAccess, subject: string, schema: SchemaFile): Promise<string[]> {
  const name = encodeURIComponent(subject);
  const registered = await ask<{ schema: string }>(`${base}/subjects/${name}/versions/latest`, headers);
  if (registered === undefined) return [];
  const verdict = await ask<{ is_compatible: boolean; messages?: string[] }>(
    `${base}/compatibility/subjects/${name}/versions/latest?verbose=true`,
    headers,
    { schema: schema.text },
  );
  if (verdict === undefined || verdict.is_compatible) return [];
  const fields = breakingFields(JSON.parse(schema.text) as RecordSchema, JSON.parse(registered.schema) as RecordSchema);
  return fields.length > 0 ? fields : (verdict.messages ?? ['the registry gives no reason']);
}

/** A JSON answer; undefined when the registry does not have what the address names. */
async function ask<T>(url: string, headers: RegistryAccess['headers'], body?: object): Promise<T | undefined> {
  const post = {
    method: 'POST',
    headers: { ...headers, 'content-type': CONTENT_TYPE },
    body: JSON.stringify(body),
  };
  const init = { headers, signal: AbortSignal.timeout(TIMEOUT_MS), ...(body && post) };
  const response = await fetch(url, init).catch((error: unknown) => {
    throw new RegistryUnavailable(`schema registry ${new URL(url).origin}: ${describeNetworkError(error)}`, {
      cause: error,
    });
  });
  if (await isAbsent(response)) return undefined;
  if (!response.ok)
    throw new RegistryUnavailable(
      `schema registry ${url} answers ${response.status}${settingHint(response.status)}: ${await response.text()}`,
    );
  return (await response.json()) as T;
}

interface RecordSchema {
  readonly name: string;
  readonly namespace?: string;
  readonly fields: readonly { readonly name: string; readonly type: unknown; readonly default?: unknown }[];
}

/** The fields of `reader` that cannot read what `writer` wrote, each tried alone. */
function breakingFields(reader: RecordSchema, writer: RecordSchema): string[] {
  const written = new Map(writer.fields.map((field) => [field.name, field]));
  return reader.fields.flatMap((field) => {
    const before = written.get(field.name);
    if (before === undefined) return 'default' in field ? [] : [`${field.name}: a new field needs a default`];
    try {
      avro.Type.forSchema(field.type as avro.Schema).createResolver(avro.Type.forSchema(before.type as avro.Schema));
      return [];
    } catch (error) {
      return [`${field.name}: ${(error as Error).message.replaceAll('\n', ' ')}`];
    }
  });
}

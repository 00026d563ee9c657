import { readdirSync, readFileSync } from 'node:fs';
import type avro from 'avsc';
import type { RecordName } from './any-record.ts';
import { typeOfSchema } from './type-of-schema.ts';

/** One schema file: its text, as it is registered, and its avsc type, which encodes and decodes. */
export interface SchemaFile {
  readonly name: RecordName;
  /** Namespace and name, as in `thunderline.ml.RunMetric`. */
  readonly fullName: string;
  readonly text: string;
  readonly type: avro.Type;
}

export type Schemas = Readonly<Record<RecordName, SchemaFile>>;

/** The folder of the schema files. */
export const SCHEMA_FOLDER = `${import.meta.dirname}/../../schemas`;

/** Reads every schema file of `folder`. */
export function loadSchemas(folder: string = SCHEMA_FOLDER): Schemas {
  const schemas: Record<string, SchemaFile> = {};
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.avsc'))) {
    const json = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as { name: string; namespace: string };
    const name = json.name as RecordName;
    schemas[name] = {
      name,
      fullName: `${json.namespace}.${name}`,
      text: JSON.stringify(json),
      type: typeOfSchema(json),
    };
  }
  return schemas as unknown as Schemas;
}

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** The members of a schema file that the generator uses. */
interface RecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly doc?: string;
  readonly fields: readonly { readonly name: string; readonly type: unknown; readonly doc?: string }[];
}

const PRIMITIVES: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  bytes: 'Buffer',
};

/** The TypeScript type of an Avro type as avsc decodes it: unions unwrapped, maps as plain objects. */
function typeOf(type: unknown): string {
  if (typeof type === 'string') return PRIMITIVES[type] ?? type;
  if (Array.isArray(type)) return type.map(typeOf).sort(nullLast).join(' | ');
  const schema = type as { type: string; symbols?: string[]; values?: unknown; items?: unknown };
  if (schema.type === 'enum') return (schema.symbols ?? []).map((symbol) => `'${symbol}'`).join(' | ');
  if (schema.type === 'map') return `Readonly<Record<string, ${typeOf(schema.values)}>>`;
  if (schema.type === 'array') return `readonly ${element(typeOf(schema.items))}[]`;
  if (schema.type === 'record') return `{ ${fieldsOf(type as RecordSchema).join('; ')} }`;
  return typeOf(schema.type);
}

const nullLast = (a: string, b: string): number => Number(a === 'null') - Number(b === 'null');

const element = (type: string): string => (type.includes(' | ') ? `(${type})` : type);

const fieldsOf = (schema: RecordSchema): string[] =>
  schema.fields.map((field) => `readonly ${field.name}: ${typeOf(field.type)}`);

/** The text of `records.ts`: one interface per schema file of `folder`, in alphabetical order. */
export function generateRecords(folder: string): string {
  const schemas = readdirSync(folder)
    .filter((file) => file.endsWith('.avsc'))
    .sort()
    .map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as RecordSchema);
  const interfaces = schemas.map((schema) => {
    const fields = schema.fields.map(
      (field) => `  /** ${field.doc} */\n  readonly ${field.name}: ${typeOf(field.type)};`,
    );
    return `/** ${schema.doc} */\nexport interface ${schema.name} {\n${fields.join('\n')}\n}\n`;
  });
  return `// Generated from schemas/*.avsc by \`npm run generate\`; a test proves it fresh.\n\n${interfaces.join('\n')}`;
}

if (import.meta.main) {
  const root = `${import.meta.dirname}/../..`;
  writeFileSync(`${root}/src/avro/records.ts`, generateRecords(`${root}/schemas`));
}

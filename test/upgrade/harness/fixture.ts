import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The prefix of the topics in every fixture: it is part of the bytes of the archive. */
export const RELEASE_PREFIX = 'release-';
/** The folder of the archive in its bucket. */
export const ARCHIVE_FOLDER = 'release/archive';
/** The least id of a schema in a fixture: no registry of a test comes that far by itself. */
export const FIRST_SCHEMA_ID = 1_000_000;

/** A record of a topic. Bytes are base64. */
export interface FixtureRecord {
  readonly topic: string;
  readonly partition: number;
  readonly timestamp: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** The data of one release: what an operator has when the next one is installed. */
export interface Fixture {
  readonly release: string;
  /** The statements that made the tables, in order, and the steps of the schema that they belong to. */
  readonly schema: readonly string[];
  readonly migrations: readonly string[];
  /** The rows of each table, each as one text of Postgres. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
  readonly sequences: Readonly<Record<string, string>>;
  readonly records: readonly FixtureRecord[];
  /** Objects of the archive: key, and bytes in base64. */
  readonly objects: Readonly<Record<string, string>>;
  /** The text of each schema that the records need, by its id. */
  readonly schemas: Readonly<Record<string, { readonly subject: string; readonly text: string }>>;
}

export const pathOfFixture = (release: string): string =>
  join(import.meta.dirname, '../fixtures', `${release}.json.gz`);

export const readFixture = (release: string): Fixture =>
  JSON.parse(gunzipSync(readFileSync(pathOfFixture(release))).toString()) as Fixture;

/** The bytes of a field. */
export const bytesOf = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'base64'));

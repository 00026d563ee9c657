/** One step of the schema and the way back. Once released it is never edited: a later step changes what it made. */
export interface SqlMigration {
  /** Sorts after every earlier one; recorded in the table `knex_migrations`. */
  readonly name: string;
  readonly up: string;
  readonly down: string;
}

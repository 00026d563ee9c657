import type { SqlMigration } from './sql-migration.ts';

/**
 * The step that a version must contain to use the tables. A release adds what it needs and removes nothing (expand), so that
 * the version before it goes on beside it; a later release that removes what no version uses any more (contract) sets the step
 * that its readers need.
 */
export const schemaFloor: SqlMigration = {
  name: '0022-schema-floor',
  up: `
    create table schema_floor (
      only_row boolean primary key default true check (only_row),
      step text not null
    );
    insert into schema_floor (step) values ('0001-runs-and-trials');
    comment on table schema_floor is 'The step of the schema that a version must contain to use these tables.';
  `,
  down: 'drop table schema_floor;',
};

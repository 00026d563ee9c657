import type { SqlMigration } from './sql-migration.ts';

/**
 * The runs that a key reaches, and how it is used. `run_prefix` is the start of each `model_run_id` that the key may write,
 * read and command; empty, it is every run. A key with the scope admin reaches every run.
 *
 * `last_used_at` is written once a minute at most. `api_key_networks` has a row for each network that a key was used from;
 * it is bounded for each key by the gateways that write it.
 */
export const keyReach: SqlMigration = {
  name: '0006-key-reach',
  up: `
    alter table api_keys
      add column run_prefix text collate "C" not null default '' check (length(run_prefix) <= 255),
      add column last_used_at timestamptz(3),
      add check (run_prefix = '' or not scopes @> array['admin']);

    create table api_key_networks (
      key_id text collate "C" not null references api_keys (id) on delete cascade,
      network text collate "C" not null check (length(network) <= 64),
      first_used_at timestamptz(3) not null default now(),
      primary key (key_id, network)
    );
  `,
  down: `
    drop table api_key_networks;
    alter table api_keys drop column run_prefix, drop column last_used_at;
  `,
};

import type { RunQuery } from './access-pool.ts';

/** A use of a key from a network; see `networkOf`. */
export interface KeyNetwork {
  readonly keyId: string;
  readonly network: string;
}

/** How keys are used: `api_keys.last_used_at` and the table `api_key_networks`. Rejects with `DatabaseUnavailable`. */
export interface KeyUseStore {
  /** Sets when each key was used last, in epoch milliseconds; an earlier time than the stored one changes nothing. */
  noteLastUses(lastUses: ReadonlyMap<string, number>): Promise<void>;
  /** Stores the networks that are new, up to {@link MAX_NETWORKS} of each key, and returns those it stored. */
  addNetworks(uses: readonly KeyNetwork[]): Promise<readonly KeyNetwork[]>;
}

/** Networks that are stored of one key. */
const MAX_NETWORKS = 1_000;

export const createKeyUseStore = (run: RunQuery): KeyUseStore => ({
  async noteLastUses(lastUses) {
    // Rows are locked in the order of their ids, so that two gateways cannot wait for each other.
    await run(
      `with used as materialized (select * from unnest($1::text[], $2::float8[]) as used (id, at)),
       locked as materialized (select id from api_keys where id = any($1) order by id for update)
       update api_keys k set last_used_at = to_timestamp(used.at / 1000)
       from used, locked
       where k.id = used.id and k.id = locked.id
         and (k.last_used_at is null or k.last_used_at < to_timestamp(used.at / 1000))`,
      [[...lastUses.keys()], [...lastUses.values()]],
    );
  },
  addNetworks: (uses) =>
    run<{ keyId: string; network: string }>(
      `with used as (select distinct on (id, network) * from unnest($1::text[], $2::text[]) as used (id, network) order by id, network)
       insert into api_key_networks (key_id, network)
       select used.id, used.network
       from used join api_keys using (id)
       where (select count(*) from api_key_networks n where n.key_id = used.id) < $3
       on conflict do nothing
       returning key_id as "keyId", network`,
      [uses.map(({ keyId }) => keyId), uses.map(({ network }) => network), MAX_NETWORKS],
    ),
});

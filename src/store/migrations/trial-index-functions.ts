/** Characters of a text or a name in the index; a longer one is shortened, and its hash keeps it apart from others. */
const LONGEST_TEXT = 120;
const LONGEST_NAME = 255;
/** Parameters of one trial in the index; those whose names sort after are counted in `parameters_left_out`. */
const MOST_PARAMETERS = 500;

/**
 * Functions that index given trials. All that they write follows from the rows of these trials in `cerebros_model_trials`.
 *
 * Names are added under a lock that lasts until the end of the transaction, because two writers that add the same names in
 * another order would wait for each other in a circle. A new name is rare, so the lock is.
 *
 * @param lock number of the advisory lock.
 */
export const TRIAL_INDEX_FUNCTIONS = (lock: number): string => `
    create function short_text(long text, most integer) returns text language sql immutable parallel safe as $$
      select case when length(long) <= most then long
        else left(long, most - 17) || '…' || left(encode(sha256(convert_to(long, 'UTF8')), 'hex'), 16) end
    $$;

    create function flat_parameters(hyperparams jsonb, parameters jsonb)
    returns table (name text, num double precision, bool boolean, txt text, left_out integer)
    language sql immutable parallel safe as $$
      with recursive entries as (
        select array[e.key] as path, e.value
        from jsonb_each(coalesce(hyperparams, '{}') || coalesce(parameters, '{}')) e
        union all
        select n.path || e.key, e.value
        from entries n cross join lateral jsonb_each(case jsonb_typeof(n.value) when 'object' then n.value else '{}' end) e
      ),
      leaves as (
        select array_to_string(path, '.') as joined, path, value from entries
        where jsonb_typeof(value) <> 'object' or value = '{}'
      ),
      named as (
        select short_text(
            case row_number() over (partition by joined collate "C" order by cardinality(path), path collate "C")
            when 1 then joined else to_jsonb(path)::text end, ${LONGEST_NAME}) as name,
          path, value
        from leaves
      ),
      distinctly_named as (
        select distinct on (name collate "C") name, value from named order by name collate "C", cardinality(path), path collate "C"
      ),
      numbered as (
        select n.name, n.value, row_number() over (order by n.name collate "C") as number, count(*) over () as total,
          case jsonb_typeof(n.value) when 'number' then (n.value #>> '{}')::numeric end as digits
        from distinctly_named n
      )
      select n.name,
        case when n.digits = 0 or abs(n.digits) between 1e-307 and 1.797e308 then n.digits::double precision end,
        case jsonb_typeof(n.value) when 'boolean' then (n.value #>> '{}')::boolean end,
        case
          when jsonb_typeof(n.value) in ('boolean', 'null') or n.digits = 0 then null
          when abs(n.digits) between 1e-307 and 9007199254740991 then null
          else short_text(n.value #>> '{}', ${LONGEST_TEXT})
        end,
        greatest(0, n.total - ${MOST_PARAMETERS})::integer
      from numbered n
      where n.number <= ${MOST_PARAMETERS}
    $$;

    create function intern_index_names(given text[]) returns void language plpgsql as $$
    begin
      if exists (
        select from unnest(given) g (name) where not exists (select from trial_index_names n where n.name = g.name)
      ) then
        perform pg_advisory_xact_lock(${lock});
        insert into trial_index_names (name)
        select distinct g.name from unnest(given) g (name)
        where not exists (select from trial_index_names n where n.name = g.name)
        on conflict do nothing;
      end if;
    end $$;

    create function index_trials(runs text[], trials text[]) returns void language sql as $$
      insert into trial_index as held
        (model_run_id, trial_id, status, spectral_norm, started_at, completed_at, duration_ms, rank)
      select t.model_run_id, t.trial_id, t.status, t.spectral_norm, t.started_at, t.completed_at, t.duration_ms, t.rank
      from unnest(runs, trials) g (model_run_id, trial_id) join cerebros_model_trials t using (model_run_id, trial_id)
      order by 1, 2
      on conflict (model_run_id, trial_id) do update set
        status = excluded.status, spectral_norm = excluded.spectral_norm, started_at = excluded.started_at,
        completed_at = excluded.completed_at, duration_ms = excluded.duration_ms, rank = excluded.rank
      where (held.status, held.spectral_norm, held.started_at, held.completed_at, held.duration_ms, held.rank)
        is distinct from (excluded.status, excluded.spectral_norm, excluded.started_at, excluded.completed_at,
          excluded.duration_ms, excluded.rank)
    $$;

    create function index_final_metrics(runs text[], trials text[]) returns void language plpgsql as $$
    begin
      perform intern_index_names(array_agg(distinct m.key))
      from unnest(runs, trials) g (model_run_id, trial_id)
      join cerebros_model_trials t using (model_run_id, trial_id)
      cross join lateral jsonb_object_keys(t.metrics) m (key);

      insert into trial_final_metrics as held (name_key, trial_key, value)
      select n.name_key, k.trial_key, m.value::double precision
      from unnest(runs, trials) g (model_run_id, trial_id)
      join cerebros_model_trials t using (model_run_id, trial_id)
      join trial_index k using (model_run_id, trial_id)
      cross join lateral jsonb_each_text(t.metrics) m
      join trial_index_names n on n.name = m.key
      order by 1, 2
      on conflict (name_key, trial_key) do update set value = excluded.value
      where held.value is distinct from excluded.value;
    end $$;

    create function index_parameters(runs text[], trials text[]) returns void language plpgsql as $$
    begin
      perform intern_index_names(array_agg(distinct p.name))
      from unnest(runs, trials) g (model_run_id, trial_id)
      join cerebros_model_trials t using (model_run_id, trial_id)
      cross join lateral flat_parameters(t.hyperparams, t.parameters) p;

      with given as materialized (
        select n.name_key, k.trial_key, p.num, p.bool, p.txt, p.left_out
        from unnest(runs, trials) g (model_run_id, trial_id)
        join cerebros_model_trials t using (model_run_id, trial_id)
        join trial_index k using (model_run_id, trial_id)
        cross join lateral flat_parameters(t.hyperparams, t.parameters) p
        join trial_index_names n on n.name = p.name
      ),
      counted as (
        update trial_index k set parameters_left_out = g.left_out
        from (select trial_key, max(left_out) as left_out from given group by 1) g
        where k.trial_key = g.trial_key and k.parameters_left_out <> g.left_out
      )
      insert into trial_parameters as held (name_key, trial_key, num, bool, txt)
      select name_key, trial_key, num, bool, txt from given
      order by 1, 2
      on conflict (name_key, trial_key) do update set num = excluded.num, bool = excluded.bool, txt = excluded.txt
      where (held.num, held.bool, held.txt) is distinct from (excluded.num, excluded.bool, excluded.txt);
    end $$;
`;

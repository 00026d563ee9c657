/** The columns of a trial that are in its row of `trial_index`. */
const columns = (row: string): string =>
  ['status', 'spectral_norm', 'started_at', 'completed_at', 'duration_ms', 'rank']
    .map((name) => `${row}.${name}`)
    .join(', ');

/**
 * Removes the entries of `document` from a table of the index. No index leads from a trial to its entries, so their keys are
 * collected first; the plan for a few keys given as arrays looks each of them up, however many rows the table has.
 */
const removeEntries = (table: string, names: string, join: string, condition: string): string => `
        select array_agg(i.name_key), array_agg(k.trial_key) into name_keys, trial_keys
        from old_trials o
        ${join}
        join trial_index k on k.model_run_id = o.model_run_id and k.trial_id = o.trial_id
        cross join lateral ${names} p (name)
        join trial_index_names i on i.name = p.name
        where ${condition};
        delete from ${table} e using unnest(name_keys, trial_keys) g (name_key, trial_key)
        where e.name_key = g.name_key and e.trial_key = g.trial_key;`;

const METRIC_NAMES = '(select jsonb_object_keys(o.metrics))';
const PARAMETER_NAMES = '(select f.name from flat_parameters(o.hyperparams, o.parameters) f)';

const NEW = 'join new_trials n on n.model_run_id = o.model_run_id and n.trial_id = o.trial_id';
const OTHER_METRICS = 'n.metrics is distinct from o.metrics';
const OTHER_PARAMETERS = '(n.hyperparams, n.parameters) is distinct from (o.hyperparams, o.parameters)';

/** Runs `index` for the trials of an update that `condition` selects. */
const indexChanged = (condition: string, index: string): string => `
      select array_agg(n.model_run_id), array_agg(n.trial_id) into runs, trials
      from old_trials o ${NEW} where ${condition};
      if runs is not null then perform ${index}(runs, trials); end if;`;

/**
 * Triggers that keep the index of trials. They run once for each statement and write nothing where nothing of the index changed.
 *
 * Rows that a person removes from the index alone come back: it is made again from the trials, as no later record would bring them
 * back. It is emptied by `delete`, because a statement cannot truncate a table that is in use by it.
 */
export const TRIAL_INDEX_TRIGGERS = `
    create function add_to_trial_index() returns trigger language plpgsql as $$
    declare
      runs text[];
      trials text[];
    begin
      select array_agg(model_run_id), array_agg(trial_id) into runs, trials from new_trials;
      if runs is null then return null; end if;
      perform index_trials(runs, trials);
      select array_agg(model_run_id), array_agg(trial_id) into runs, trials from new_trials where metrics is not null;
      if runs is not null then perform index_final_metrics(runs, trials); end if;
      select array_agg(model_run_id), array_agg(trial_id) into runs, trials
      from new_trials where hyperparams is not null or parameters is not null;
      if runs is not null then perform index_parameters(runs, trials); end if;
      return null;
    end $$;

    create function update_trial_index() returns trigger language plpgsql as $$
    declare
      runs text[];
      trials text[];
      name_keys integer[];
      trial_keys integer[];
    begin
      ${indexChanged(`(${columns('n')}) is distinct from (${columns('o')})`, 'index_trials')}
      if exists (select from old_trials o ${NEW} where ${OTHER_METRICS} and o.metrics is not null) then
        ${removeEntries('trial_final_metrics', METRIC_NAMES, NEW, OTHER_METRICS)}
      end if;
      ${indexChanged(OTHER_METRICS, 'index_final_metrics')}
      if exists (
        select from old_trials o ${NEW}
        where ${OTHER_PARAMETERS} and (o.hyperparams is not null or o.parameters is not null)
      ) then
        ${removeEntries('trial_parameters', PARAMETER_NAMES, NEW, OTHER_PARAMETERS)}
      end if;
      ${indexChanged(OTHER_PARAMETERS, 'index_parameters')}
      return null;
    end $$;

    create function remove_from_trial_index() returns trigger language plpgsql as $$
    declare
      name_keys integer[];
      trial_keys integer[];
    begin
      ${removeEntries('trial_final_metrics', METRIC_NAMES, '', 'true')}
      ${removeEntries('trial_parameters', PARAMETER_NAMES, '', 'true')}
      delete from trial_index k using old_trials o
      where k.model_run_id = o.model_run_id and k.trial_id = o.trial_id;
      return null;
    end $$;

    create function empty_trial_index() returns trigger language plpgsql as $$
    begin
      if exists (select from trial_index) then truncate trial_index; end if;
      if exists (select from trial_parameters) then truncate trial_parameters; end if;
      if exists (select from trial_final_metrics) then truncate trial_final_metrics; end if;
      return null;
    end $$;

    create function restore_trial_index() returns trigger language plpgsql as $$
    declare
      runs text[];
      trials text[];
    begin
      delete from trial_parameters;
      delete from trial_final_metrics;
      delete from trial_index;
      select array_agg(model_run_id), array_agg(trial_id) into runs, trials from cerebros_model_trials;
      if runs is null then return null; end if;
      perform index_trials(runs, trials);
      perform index_final_metrics(runs, trials);
      perform index_parameters(runs, trials);
      return null;
    end $$;

    create trigger trial_index_insert after insert on cerebros_model_trials
      referencing new table as new_trials for each statement execute function add_to_trial_index();
    create trigger trial_index_update after update on cerebros_model_trials
      referencing old table as old_trials new table as new_trials
      for each statement execute function update_trial_index();
    create trigger trial_index_delete after delete on cerebros_model_trials
      referencing old table as old_trials for each statement execute function remove_from_trial_index();
    create trigger trial_index_truncate after truncate on cerebros_model_trials
      for each statement execute function empty_trial_index();
    ${['trial_index', 'trial_index_names', 'trial_parameters', 'trial_final_metrics']
      .map(
        (table) => `
    create trigger ${table}_removed after delete or truncate on ${table}
      for each statement when (pg_trigger_depth() = 0) execute function restore_trial_index();`,
      )
      .join('')}
`;

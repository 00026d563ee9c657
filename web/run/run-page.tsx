import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { RunDetail, TrialDetail, TrialList } from '../../src/queries/shapes.ts';
import { CancelButton } from '../actions/cancel-button.tsx';
import { runApi, trialApi } from '../api/paths.ts';
import { requestJson } from '../api/request.ts';
import { assignSlots } from '../colour/assign-slots.ts';
import { useLoad } from '../data/load.ts';
import { watchFeed } from '../feed/feed.ts';
import { formatInteger } from '../format/number.ts';
import { formatDateTime } from '../format/time.ts';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { address, change } from '../shell/location.ts';
import { mayCommand } from '../shell/session.ts';
import { State } from '../shell/state.tsx';
import { StatusMark } from '../shell/status.tsx';
import { ChartControls } from './chart-controls.tsx';
import { ChartGrid } from './chart-grid.tsx';
import { ColumnChooser } from './column-chooser.tsx';
import { type Column, columnKey, columnsOf, inOrder, moved, parseColumn } from './columns.ts';
import { RunExports } from './exports.tsx';
import { PointFigures } from './point-figures.ts';
import { RunStore } from './run-store.ts';
import { readSelection, writeSelection } from './selection.ts';
import { TrialFilter } from './trial-filter.tsx';
import { TrialTable } from './trial-table.tsx';
import { useTrials } from './use-trials.ts';
import { readView, trialQuery } from './view.ts';

/** Trials in the charts when a run is opened. */
const SELECTED_AT_FIRST = 20;
/** Status and counts in the title are read again this often while trials start and end. */
const SUMMARY_EVERY_MS = 3_000;

interface RunAtFirst {
  readonly detail: RunDetail;
  readonly columns: readonly Column[];
}

async function readRun(run: string, signal: AbortSignal): Promise<RunAtFirst> {
  const detail = await requestJson<RunDetail>(runApi(run), { signal });
  const query = new URLSearchParams({ model_run_id: run, limit: '1', sort: '-started_at' });
  const [first] = (await requestJson<TrialList>(`/api/trials?${query}`, { signal })).trials;
  const trial =
    first === undefined ? undefined : (await requestJson<TrialDetail>(trialApi(run, first.trial_id), { signal })).trial;
  return { detail, columns: columnsOf(detail.run, trial) };
}

/** The trials of a run in a table, and its metrics as charts over the chosen ones. */
export function RunPage({ run }: { readonly run: string }) {
  const view = readView(address.value.query);
  const store = useMemo(() => new RunStore(run), [run]);
  const figures = useMemo(() => new PointFigures(run), [run]);
  const focus = useSignal<string | null>(null);
  const { state, again } = useLoad((signal) => readRun(run, signal), [run]);
  const { data, error } = state.value;
  const summary = useSignal<RunDetail['run'] | undefined>(undefined);
  const stated = view.columns?.flatMap((key) => parseColumn(key) ?? []);
  const columns = stated ?? data?.columns ?? [];
  const trials = useTrials({
    store,
    filter: trialQuery(run, view),
    columns,
    isReady: data !== undefined,
    selection: view.selection,
  });

  useEffect(() => {
    document.title = `${run} · Thunderline`;
  }, [run]);

  useEffect(() => {
    if (data === undefined) return;
    store.forget();
    figures.forget();
    store.metricNames.value = data.detail.run.metric_names;
    summary.value = data.detail.run;
    let isChanged = false;
    const timer = setInterval(() => {
      if (!isChanged || document.hidden) return;
      isChanged = false;
      requestJson<RunDetail>(runApi(run)).then(
        (read) => {
          summary.value = read.run;
        },
        () => {
          isChanged = true;
        },
      );
    }, SUMMARY_EVERY_MS);
    // Trials that start go to the top of a table without order and filter.
    const isPlain = (): boolean => {
      const { sort, search, status } = readView(address.peek().query);
      return sort === '-started_at' && search === '' && status === '';
    };
    const stop = watchFeed(
      { runs: [run], from: data.detail.as_of ?? '' },
      {
        onData: (frame) => {
          store.apply(frame);
          isChanged ||= (frame.events?.length ?? 0) > 0;
          if (isPlain()) trials.addNew();
        },
        onGap: ({ series, more }) => {
          if (more) store.forget();
          for (const { name, trial_id } of series) store.forget(name, trial_id ?? '');
        },
        onReset: () => {
          again();
          trials.again();
        },
      },
    );
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [data]);

  const rows = trials.rows.value;
  const selected = useMemo(
    () =>
      view.selection === null
        ? new Set(rows.slice(0, SELECTED_AT_FIRST).map(({ trial_id }) => trial_id))
        : readSelection(view.selection, store.rows.keys()),
    [view.selection, rows.length, store],
  );
  const chosen = useMemo(() => [...selected].sort(), [selected]);
  const slots = useMemo(() => assignSlots(chosen), [chosen]);

  const failure = error ?? trials.state.value.error;
  if (data === undefined || trials.state.value.data === undefined) {
    if (failure !== undefined) {
      const retry = (): void => (error === undefined ? trials.again() : again());
      return <Failure error={failure} what={`the run ${run}`} onRetry={retry} />;
    }
    return <Loading what={`the run ${run}`} />;
  }
  const detail = summary.value ?? data.detail.run;
  const open = detail.trials.queued + detail.trials.running;

  function select(trial: string, isSelected: boolean): void {
    const next = new Set(selected);
    if (isSelected) next.add(trial);
    else next.delete(trial);
    change({ sel: writeSelection(next) || '-' }, 'replace');
  }

  function move(from: Column, to: Column): void {
    const ordered = inOrder(columns, view.pins).map(columnKey);
    change({ col: moved(ordered, ordered.indexOf(columnKey(from)), ordered.indexOf(columnKey(to))) }, 'replace');
  }

  return (
    <div class="page">
      <div class="title">
        <h1>{run}</h1>
        <StatusMark status={detail.status} />
        <span class="muted">
          {formatInteger(detail.trials.total)} trials
          {detail.started_at === null ? '' : ` · started ${formatDateTime(Date.parse(detail.started_at))}`}
        </span>
        <span class="spacer" />
        {mayCommand.value && open > 0 && <CancelButton run={run} open={open} />}
        <a href={`/compare?model_run_id=${encodeURIComponent(run)}`}>Compare groups of trials</a>
      </div>
      {detail.error_message !== null && <p class="notice error">{detail.error_message}</p>}
      <section class="block" aria-label="Trials of the run">
        <div class="row">
          <TrialFilter view={view} />
          <ColumnChooser run={run} columns={columns} pins={view.pins} />
          <span class="spacer" />
          <RunExports run={run} filter={trialQuery(run, view)} columns={columns} trials={chosen} />
        </div>
        {rows.length === 0 ? (
          <State title={`0 of ${formatInteger(detail.trials.total)} trials match`}>
            <button type="button" onClick={() => change({ q: null, status: null })}>
              Clear the filter
            </button>
          </State>
        ) : (
          <TrialTable
            trials={rows}
            total={trials.total}
            columns={columns}
            pins={view.pins}
            selected={selected}
            slots={slots}
            list={trialQuery(run, view)}
            sort={view.sort}
            figures={figures}
            version={store.lastVersion}
            lastOf={(trial, name) => store.lastOf(trial, name)}
            onSort={(sort) => change({ sort: sort === '-started_at' ? null : sort })}
            onMove={move}
            onSelect={select}
            onFocus={(trial) => {
              focus.value = trial;
            }}
            onEnd={() => void trials.readMore()}
          />
        )}
        <p class="muted">
          {formatInteger(rows.length)} of {formatInteger(trials.total)} trials read · {chosen.length} in the charts
        </p>
      </section>
      <ChartControls view={view} names={store.metricNames.value} />
      <ChartGrid
        store={store}
        names={store.metricNames.value}
        trials={chosen}
        slots={slots}
        view={view}
        focus={focus.value}
        onFocus={(trial) => {
          focus.value = trial;
        }}
      />
    </div>
  );
}

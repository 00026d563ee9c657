import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Facets, RunDetail } from '../../src/queries/shapes.ts';
import { CancelButton } from '../actions/cancel-button.tsx';
import { errorText } from '../api/error-text.ts';
import { runApi } from '../api/paths.ts';
import { requestJson } from '../api/request.ts';
import { assignSlots } from '../colour/assign-slots.ts';
import { useLoad } from '../data/use-load.ts';
import { counted } from '../format/counted.ts';
import { formatInteger } from '../format/number.ts';
import { Answered } from '../shell/answered.tsx';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { address, change } from '../shell/location.ts';
import { LongText } from '../shell/long-text.tsx';
import { Moment } from '../shell/moment.tsx';
import { mayCommand } from '../shell/session.ts';
import { StatusMark } from '../shell/status.tsx';
import { ChartControls } from './chart-controls.tsx';
import { ChartGrid } from './chart-grid.tsx';
import { ColumnChooser, chooseColumns } from './column-chooser.tsx';
import {
  type Column,
  type ColumnNames,
  columnKey,
  columnNames,
  defaultColumns,
  inOrder,
  isColumnOf,
  moved,
  parseColumn,
} from './columns.ts';
import { RunExports } from './exports.tsx';
import { NewTrials } from './new-trials.tsx';
import { ClearFilter, NoRows } from './no-rows.tsx';
import { PointFigures } from './point-figures.ts';
import { columnsVersion, rememberedColumns } from './remembered-columns.ts';
import { RunStore } from './run-store.ts';
import { readSelection, readSlots, toggleInSelection, writeSelection, writeSlots } from './selection.ts';
import { TrialFilter } from './trial-filter.tsx';
import { type Picked, TrialTable } from './trial-table.tsx';
import { useRunFeed } from './use-run-feed.ts';
import { useTrials } from './use-trials.ts';
import { isPlainView, type RunView, readView, trialQuery } from './view.ts';

/** Trials in the charts when a run is opened. */
const SELECTED_AT_FIRST = 20;

interface RunAtFirst {
  readonly detail: RunDetail;
  readonly names: ColumnNames;
}

async function readRun(run: string, signal: AbortSignal): Promise<RunAtFirst> {
  const [detail, facets] = await Promise.all([
    requestJson<RunDetail>(runApi(run), { signal }),
    requestJson<Facets>(`${runApi(run)}/facets`, { signal }),
  ]);
  return { detail, names: columnNames(detail.run, facets) };
}

/** The columns of the address, else those that were chosen last, else the default ones. */
function columnsOf(view: RunView, names: ColumnNames | undefined): TableColumns {
  const parsed = (keys: readonly string[]): Column[] => keys.flatMap((key) => parseColumn(key) ?? []);
  if (view.columns !== null) return { columns: parsed(view.columns), pins: view.pins };
  if (names === undefined) return { columns: [], pins: [] };
  const remembered = rememberedColumns((key) => isColumnOf(names, key));
  if (remembered === undefined) return { columns: defaultColumns(names), pins: view.pins };
  return { columns: parsed(remembered.columns), pins: remembered.pins };
}

interface TableColumns {
  readonly columns: readonly Column[];
  readonly pins: readonly string[];
}

/** The trials of a run in a table, and its metrics as charts over the chosen ones. */
export function RunPage({ run }: { readonly run: string }) {
  const view = readView(address.value.query);
  const store = useMemo(() => new RunStore(run), [run]);
  const figures = useMemo(() => new PointFigures(run), [run]);
  const focus = useSignal<string | null>(null);
  const picked = useSignal<Picked | null>(null);
  const { data, error, again } = useLoad((signal) => readRun(run, signal), [run]);
  const { columns, pins } = useMemo(
    () => columnsOf(view, data?.names),
    [data, columnsVersion.value, view.columns?.join('\n'), view.pins.join('\n')],
  );
  const trials = useTrials({
    store,
    filter: trialQuery(run, view),
    columns,
    isReady: data !== undefined,
    selection: view.selection,
    isPlain: isPlainView(view),
  });

  useEffect(() => {
    document.title = `${run} · Thunderline`;
  }, [run]);

  const summary = useRunFeed({ run, detail: data?.detail, store, figures, trials, again });

  const rows = trials.rows.value;
  const newest = rows.slice(0, SELECTED_AT_FIRST).map(({ trial_id }) => trial_id);
  const selected = useMemo(
    () => (view.selection === null ? new Set(newest) : readSelection(view.selection, store.rows.keys())),
    [view.selection, view.selection === null ? newest.join('\n') : rows.length, store],
  );
  const chosen = useMemo(() => [...selected].sort(), [selected]);
  const held = useRef<ReadonlyMap<string, number>>(new Map());
  const slots = useMemo(() => {
    const named = readSlots(view.selection ?? '', view.slots, chosen);
    held.current = assignSlots(chosen, new Map([...held.current, ...named]));
    return held.current;
  }, [chosen, view.slots]);

  const failure = error ?? trials.loaded.error;
  if (data === undefined || trials.loaded.data === undefined) {
    if (failure !== undefined) {
      const retry = (): void => (error === undefined ? trials.loaded.again() : again());
      return <Failure error={failure} what={`the run ${run}`} onRetry={retry} />;
    }
    return <Loading what={`the run ${run}`} />;
  }
  const detail = summary.value ?? data.detail.run;
  const open = detail.trials.queued + detail.trials.running;

  function select(trial: string, isSelected: boolean): void {
    const sel = toggleInSelection(view.selection ?? writeSelection(selected), trial, isSelected);
    const next = isSelected ? [...chosen, trial] : chosen.filter((each) => each !== trial);
    change({ sel, slots: writeSlots(sel, assignSlots(next, slots)) }, 'replace');
  }

  function showNew(): void {
    // The new ones are put in when the table is at its top.
    if (isPlainView(view)) picked.value = { trial: rows[0]?.trial_id ?? '' };
    else trials.loaded.again();
  }

  function move(from: Column, to: Column): void {
    const ordered = inOrder(columns, pins).map(columnKey);
    chooseColumns(moved(ordered, ordered.indexOf(columnKey(from)), ordered.indexOf(columnKey(to))), pins);
  }

  return (
    <div class="page">
      <div class="title">
        <h1>{run}</h1>
        <StatusMark status={detail.status} />
        <span class="muted">
          {counted(detail.trials.total, 'trial')}
          {detail.started_at !== null && (
            <>
              {' '}
              · started <Moment at={Date.parse(detail.started_at)} />
            </>
          )}
        </span>
        <span class="spacer" />
        {mayCommand.value && open > 0 && <CancelButton run={run} open={open} commands={detail.commands} />}
        <a href={`/compare?model_run_id=${encodeURIComponent(run)}`}>Compare groups of trials</a>
      </div>
      {detail.error_message !== null && (
        <section class="notice error" aria-label="Error">
          {detail.error_type !== null && <b>{detail.error_type}</b>}
          <LongText text={detail.error_message} what="the error" />
        </section>
      )}
      <section class="block" aria-label="Trials of the run">
        <div class="row">
          <TrialFilter run={run} view={view} />
          <ColumnChooser run={run} columns={columns} pins={pins} />
          <span class="spacer" />
          <RunExports run={run} filter={trialQuery(run, view)} columns={columns} trials={chosen} />
        </div>
        <Answered what="the trials" loaded={trials.loaded} more={<ClearFilter view={view} />}>
          {rows.length === 0 ? (
            <NoRows total={detail.trials.total} view={view} />
          ) : (
            <TrialTable
              trials={rows}
              total={trials.total}
              columns={columns}
              pins={pins}
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
              onEnd={trials.readMore}
              onTop={(isTop) => trials.hold(!isTop)}
              picked={picked}
            />
          )}
          {trials.failure.value !== undefined && (
            <p class="notice error" role="alert">
              Further trials cannot be read: {errorText(trials.failure.value)}{' '}
              <button type="button" onClick={trials.retry}>
                Try again
              </button>
            </p>
          )}
          <NewTrials count={trials.waiting.value} isPlain={isPlainView(view)} onShow={showNew} />
          <p class="muted">
            {formatInteger(rows.length)} of {counted(trials.total, 'trial')} loaded · {chosen.length} in the charts
          </p>
        </Answered>
      </section>
      <ChartControls view={view} names={store.metricNames.value} />
      <ChartGrid
        store={store}
        names={store.metricNames.value}
        trials={chosen}
        slots={slots}
        view={view}
        focus={focus.value}
        onPick={(trial) => {
          picked.value = { trial };
        }}
        onFocus={(trial) => {
          focus.value = trial;
        }}
      />
    </div>
  );
}

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { DataFrame } from '../../src/live/frames.ts';
import type { RunList, TrialList, TrialListItem } from '../../src/queries/shapes.ts';
import { StartStudy } from '../actions/start-study.tsx';
import { requestJson } from '../api/request.ts';
import { applyEvent } from '../data/apply-event.ts';
import { pairKey } from '../data/pair-key.ts';
import { RecentValues } from '../data/recent-values.ts';
import { useLoad } from '../data/use-load.ts';
import { watchFeed } from '../feed/feed.ts';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { mayCommand } from '../shell/session.ts';
import { Empty } from './empty.tsx';
import { Pipeline, pipelineIsKnown, watchPipeline } from './pipeline.tsx';
import { readRecent } from './read-recent.ts';
import { RunsTable } from './runs-table.tsx';
import { TrialsTable } from './trials-table.tsx';

const TRIALS = 60;
const RUNS = 12;
const DRAW_EVERY_MS = 200;
/** Counts of trials are read again this often while events arrive. */
const RUNS_EVERY_MS = 2_000;

interface Snapshot {
  readonly runs: RunList;
  readonly trials: TrialList;
}

const readRuns = (signal?: AbortSignal): Promise<RunList> =>
  requestJson<RunList>(`/api/runs?limit=${RUNS}`, signal === undefined ? {} : { signal });

async function readSnapshot(signal: AbortSignal): Promise<Snapshot> {
  const [runs, trials] = await Promise.all([
    readRuns(signal),
    requestJson<TrialList>(`/api/trials?limit=${TRIALS}&sort=-started_at`, { signal }),
    pipelineIsKnown(),
  ]);
  return { runs, trials };
}

/** The runs and trials of the moment. */
export function MonitorPage() {
  const { state, again } = useLoad(readSnapshot, []);
  const { data, error } = state.value;
  const rows = useRef(new Map<string, TrialListItem>());
  const recent = useRef(new RecentValues());
  const shown = useSignal<readonly TrialListItem[]>([]);
  const runs = useSignal<RunList | undefined>(undefined);
  const newestAt = useSignal(0);

  useEffect(() => {
    document.title = 'Monitor · Thunderline';
    return watchPipeline();
  }, []);

  useEffect(() => {
    if (data === undefined) return;
    rows.current = new Map(data.trials.trials.map((trial) => [pairKey(trial.model_run_id, trial.trial_id), trial]));
    runs.value = data.runs;
    let dirty = true;
    let changedRuns = false;
    const draw = (): void => {
      if (!dirty) return;
      dirty = false;
      shown.value = newest([...rows.current.values()]);
      rows.current = new Map(shown.value.map((trial) => [pairKey(trial.model_run_id, trial.trial_id), trial]));
    };
    draw();
    const timer = setInterval(draw, DRAW_EVERY_MS);
    const runTimer = setInterval(() => {
      if (!changedRuns || document.hidden) return;
      changedRuns = false;
      readRuns().then(
        (read) => {
          runs.value = read;
        },
        () => {
          changedRuns = true;
        },
      );
    }, RUNS_EVERY_MS);
    const onData = ({ events = [], points = [] }: DataFrame): void => {
      dirty = true;
      changedRuns = true;
      newestAt.value = Date.now();
      for (const event of events) {
        const key = pairKey(event.model_run_id, event.trial_id);
        const row = applyEvent(rows.current.get(key), event);
        if (row !== undefined) rows.current.set(key, row);
      }
      for (const { model_run_id, trial_id, points: values } of points) {
        recent.current.add(pairKey(model_run_id, trial_id), values);
      }
    };
    const cancel = new AbortController();
    readRecent(data.trials.trials, recent.current, cancel.signal).then(
      () => {
        dirty = true;
      },
      // The feed brings the values that follow.
      () => undefined,
    );
    const stop = watchFeed({ from: data.runs.as_of ?? '' }, { onData, onGap: () => undefined, onReset: again });
    return () => {
      cancel.abort();
      clearInterval(timer);
      clearInterval(runTimer);
      stop();
    };
  }, [data]);

  if (data === undefined) {
    if (error !== undefined) return <Failure error={error} what="the runs" onRetry={again} />;
    return <Loading what="the newest runs and trials" />;
  }
  const listed = (runs.value ?? data.runs).runs;
  return (
    <div class="page">
      <div class="title">
        <h1>Monitor</h1>
        <span class="spacer" />
        {mayCommand.value && <StartStudy />}
      </div>
      <Pipeline newestAt={newestAt.value} expectsEvents={shown.value.some(({ status }) => status === 'running')} />
      {listed.length === 0 && shown.value.length === 0 ? <Empty /> : <RunsTable runs={listed} />}
      {shown.value.length > 0 && <TrialsTable trials={shown.value} recent={recent.current} />}
    </div>
  );
}

/** Running ones first, then by their start, the newest first. */
function newest(trials: readonly TrialListItem[]): TrialListItem[] {
  const time = (trial: TrialListItem): number => Date.parse(trial.started_at ?? '') || 0;
  const active = (trial: TrialListItem): number => (trial.status === 'running' ? 1 : 0);
  return [...trials]
    .sort((a, b) => active(b) - active(a) || time(b) - time(a) || (a.trial_id < b.trial_id ? -1 : 1))
    .slice(0, TRIALS);
}

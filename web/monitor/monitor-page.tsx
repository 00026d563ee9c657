import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { DataFrame } from '../../src/live/frames.ts';
import type { TrialListItem } from '../../src/queries/shapes.ts';
import { StartStudy } from '../actions/start-study.tsx';
import { clockOffsetMs } from '../api/server-clock.ts';
import { applyEvent } from '../data/apply-event.ts';
import { pairKey } from '../data/pair-key.ts';
import { RecentValues } from '../data/recent-values.ts';
import { useLoad } from '../data/use-load.ts';
import { watchFeed } from '../feed/feed.ts';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { mayCommand } from '../shell/session.ts';
import { addRecent } from './add-recent.ts';
import { Empty } from './empty.tsx';
import { Pipeline, pipelineIsKnown, watchPipeline } from './pipeline.tsx';
import { newestTrials, type RunsOfNow, readRunsOfNow, readTrialsOfNow } from './read-now.ts';
import { Runs } from './runs.tsx';
import { TrialsTable } from './trials-table.tsx';

const DRAW_EVERY_MS = 200;
/** Counts of trials are read again this often while events arrive. */
const RUNS_EVERY_MS = 2_000;

interface Snapshot {
  readonly runs: RunsOfNow;
  readonly trials: readonly TrialListItem[];
}

async function readSnapshot(signal: AbortSignal): Promise<Snapshot> {
  // The feed continues from the position of the runs, so no trial is read before it.
  const runs = await readRunsOfNow(signal);
  const [trials] = await Promise.all([readTrialsOfNow(signal), pipelineIsKnown()]);
  return { runs, trials };
}

/** The runs and trials of the moment. */
export function MonitorPage() {
  const { data, error, again } = useLoad(readSnapshot, []);
  const rows = useRef(new Map<string, TrialListItem>());
  const recent = useRef(new RecentValues());
  const shown = useSignal<readonly TrialListItem[]>([]);
  const runs = useSignal<RunsOfNow | undefined>(undefined);
  const newestAt = useSignal(0);

  useEffect(() => {
    document.title = 'Monitor · Thunderline';
    return watchPipeline();
  }, []);

  useEffect(() => {
    if (data === undefined) return;
    rows.current = new Map(data.trials.map((trial) => [pairKey(trial.model_run_id, trial.trial_id), trial]));
    addRecent(data.trials, recent.current, Date.now(), clockOffsetMs.peek());
    runs.value = data.runs;
    let dirty = true;
    let changedRuns = false;
    const draw = (): void => {
      if (!dirty) return;
      dirty = false;
      shown.value = newestTrials([...rows.current.values()]);
      rows.current = new Map(shown.value.map((trial) => [pairKey(trial.model_run_id, trial.trial_id), trial]));
    };
    draw();
    const timer = setInterval(draw, DRAW_EVERY_MS);
    const runTimer = setInterval(() => {
      if (!changedRuns || document.hidden) return;
      changedRuns = false;
      readRunsOfNow().then(
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
        recent.current.add(pairKey(model_run_id, trial_id), values, newestAt.peek());
      }
    };
    const stop = watchFeed({ from: data.runs.as_of ?? '' }, { onData, onGap: () => undefined, onReset: again });
    return () => {
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
      {listed.length === 0 && shown.value.length === 0 ? <Empty /> : <Runs runs={listed} />}
      {shown.value.length > 0 && <TrialsTable trials={shown.value} recent={recent.current} />}
    </div>
  );
}

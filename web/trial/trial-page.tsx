import { useEffect, useMemo } from 'preact/hooks';
import type { TrialEvents } from '../../src/queries/page-shapes.ts';
import type { TrialDetail } from '../../src/queries/shapes.ts';
import { CancelButton } from '../actions/cancel-button.tsx';
import { trialApi } from '../api/paths.ts';
import { requestJson } from '../api/request.ts';
import { type Attempt, attempt } from '../data/attempt.ts';
import { elapsedMs } from '../data/elapsed-ms.ts';
import { later } from '../data/later.ts';
import { metricNumber } from '../data/metric-number.ts';
import { useLoad } from '../data/use-load.ts';
import { watchFeed } from '../feed/feed.ts';
import { formatNumber } from '../format/number.ts';
import { formatDuration } from '../format/time.ts';
import { ChartControls } from '../run/chart-controls.tsx';
import { ChartGrid } from '../run/chart-grid.tsx';
import { RunStore } from '../run/run-store.ts';
import { readView } from '../run/view.ts';
import { runPath } from '../shell/address.ts';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { address } from '../shell/location.ts';
import { LongText } from '../shell/long-text.tsx';
import { Moment } from '../shell/moment.tsx';
import { mayCommand } from '../shell/session.ts';
import { StatusMark } from '../shell/status.tsx';
import { type ArtifactList, Artifacts } from './artifacts.tsx';
import { Events } from './events.tsx';
import { Values } from './values.tsx';

/** The tables need a while to have an event; further ones that arrive meanwhile are read with it. */
const READ_AFTER_MS = 1_000;

interface TrialProps {
  readonly run: string;
  readonly trial: string;
}

interface TrialParts {
  readonly detail: TrialDetail;
  readonly artifacts: Attempt<ArtifactList>;
  readonly events: Attempt<TrialEvents>;
}

/** The parts are read together, so that none of them moves the others when it arrives. */
async function readTrial(path: string, signal: AbortSignal): Promise<TrialParts> {
  const [detail, artifacts, events] = await Promise.all([
    requestJson<TrialDetail>(path, { signal }),
    attempt(requestJson<ArtifactList>(`${path}/artifacts`, { signal })),
    attempt(requestJson<TrialEvents>(`${path}/events`, { signal })),
  ]);
  return { detail, artifacts, events };
}

/** Everything about one trial. */
export function TrialPage({ run, trial }: TrialProps) {
  const view = readView(address.value.query);
  const store = useMemo(() => new RunStore(run), [run]);
  const path = trialApi(run, trial);
  const { data: read, error, again } = useLoad((signal) => readTrial(path, signal), [path]);
  const data = read?.detail;
  const chosen = useMemo(() => [trial], [trial]);
  const slots = useMemo(() => new Map([[trial, 0]]), [trial]);

  useEffect(() => {
    document.title = `${trial} · ${run} · Thunderline`;
  }, [run, trial]);

  useEffect(() => {
    if (data === undefined) return;
    store.forget();
    store.addRows([{ ...data.trial, parameters: {}, metrics: {} }]);
    store.metricNames.value = data.trial.metric_names;
    const reading = later(again, READ_AFTER_MS);
    const stop = watchFeed(
      { runs: [run], from: data.as_of ?? '' },
      {
        onData: ({ events = [], points = [] }) => {
          store.apply({ points: points.filter(({ trial_id }) => trial_id === trial) });
          if (events.some(({ trial_id }) => trial_id === trial)) reading.ask();
        },
        onGap: () => store.forget(),
        onReset: again,
      },
    );
    return () => {
      reading.cancel();
      stop();
    };
  }, [data]);

  if (data === undefined || read === undefined) {
    if (error !== undefined) return <Failure error={error} what={`the trial ${trial}`} onRetry={again} />;
    return <Loading what={`the trial ${trial}`} />;
  }
  const found = data.trial;
  return (
    <div class="page">
      <div class="title">
        <h1>{trial}</h1>
        <StatusMark status={found.status} />
        <span class="muted">
          of <a href={runPath(run)}>{run}</a>
        </span>
        <span class="spacer" />
        {mayCommand.value && (found.status === 'running' || found.status === 'queued') && (
          <CancelButton run={run} trial={trial} open={1} commands={found.commands} />
        )}
        <MlflowLink trial={found} />
      </div>
      {found.error_message !== null && (
        <section class="notice error" aria-label="Error">
          {found.error_type !== null && <b>{found.error_type}</b>}
          <LongText text={found.error_message} what="the error" />
        </section>
      )}
      <div class="columns">
        <section aria-labelledby="facts-title">
          <h2 id="facts-title">Trial</h2>
          <dl class="facts">
            <dt>Attempt</dt>
            <dd>{found.attempt === 0 ? 'not numbered' : found.attempt}</dd>
            <dt>Constraint</dt>
            <dd>{found.spectral_norm ? 'spectral norm' : 'none'}</dd>
            <dt>Started</dt>
            <dd>{found.started_at === null ? 'not yet' : <Moment at={Date.parse(found.started_at)} />}</dd>
            <dt>Ended</dt>
            <dd>{found.completed_at === null ? 'not yet' : <Moment at={Date.parse(found.completed_at)} />}</dd>
            <dt>Duration</dt>
            <dd>{formatDuration(found.duration_ms ?? elapsedMs(found))}</dd>
            {found.rank !== null && <dt>Rank</dt>}
            {found.rank !== null && <dd>{found.rank}</dd>}
          </dl>
          <h2>Parameters</h2>
          <Values values={{ ...found.hyperparams, ...found.parameters }} empty="No event has reported a parameter." />
        </section>
        <section aria-labelledby="metrics-title">
          <h2 id="metrics-title">Final metrics</h2>
          <Values
            values={Object.fromEntries(
              Object.entries(found.metrics ?? {}).map(([name, value]) => [name, formatNumber(metricNumber(value))]),
            )}
            empty="The trial has reported no final metrics."
          />
          <Artifacts {...read.artifacts} />
          <Events {...read.events} trial={found} />
        </section>
      </div>
      <ChartControls view={view} names={store.metricNames.value} />
      <ChartGrid
        store={store}
        names={store.metricNames.value}
        trials={chosen}
        slots={slots}
        view={view}
        focus={null}
        onFocus={() => undefined}
        onPick={() => undefined}
      />
    </div>
  );
}

/** Only addresses of the web are links, whatever an event contains. */
function MlflowLink({ trial }: { readonly trial: TrialDetail['trial'] }) {
  const { mlflow_url } = trial;
  if (mlflow_url === null || !/^https?:\/\//.test(mlflow_url)) {
    return (
      <button type="button" disabled title="This trial has no MLflow run, or this server does not write to MLflow.">
        Open in MLflow
      </button>
    );
  }
  return (
    <a href={mlflow_url} target="_blank" rel="noopener noreferrer">
      Open in MLflow
    </a>
  );
}

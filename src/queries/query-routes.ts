import type { Route } from '../http/route.ts';
import { adoption } from './adoption.ts';
import { compare } from './compare.ts';
import { curves } from './curves.ts';
import { exportPoints } from './export-points.ts';
import { exportTrials } from './export-trials.ts';
import { listRuns } from './list-runs.ts';
import { listTrials } from './list-trials.ts';
import {
  COMPARE,
  EXPORT_POINTS,
  EXPORT_TRIALS,
  LIST_RUNS,
  LIST_TRIALS,
  SHOW_FACETS,
  SHOW_MLFLOW_RUN,
  SHOW_RUN,
  SHOW_RUN_SERIES,
  SHOW_TRIAL,
  SHOW_TRIAL_SERIES,
} from './operations.ts';
import { ADOPTION, CURVES, TRIAL_EVENTS } from './page-operations.ts';
import type { QueryParts } from './query-parts.ts';
import { showFacets } from './show-facets.ts';
import { showMlflowRun } from './show-mlflow-run.ts';
import { showRun } from './show-run.ts';
import { showRunSeries, showTrialSeries } from './show-series.ts';
import { showTrial } from './show-trial.ts';
import { trialEvents } from './trial-events.ts';

const GET = { method: 'GET', scope: 'read' } as const;
/** For a route without a run in its path, whose handler applies the runs of a bound key. */
const ANY_RUN = { ...GET, boundKeys: 'handler' } as const;

/** The routes that read runs, trials and their metrics. */
export const queryRoutes = (parts: QueryParts): readonly Route[] => [
  { ...ANY_RUN, name: 'listRuns', path: '/api/runs', operation: LIST_RUNS, handle: listRuns(parts) },
  { ...GET, name: 'showRun', path: '/api/runs/{run}', operation: SHOW_RUN, handle: showRun(parts) },
  {
    ...GET,
    name: 'showRunSeries',
    path: '/api/runs/{run}/metrics',
    operation: SHOW_RUN_SERIES,
    handle: showRunSeries(parts),
  },
  { ...GET, name: 'showFacets', path: '/api/runs/{run}/facets', operation: SHOW_FACETS, handle: showFacets(parts) },
  { ...ANY_RUN, name: 'compare', path: '/api/compare', operation: COMPARE, handle: compare(parts) },
  { ...ANY_RUN, name: 'showCurves', path: '/api/curves', operation: CURVES, handle: curves(parts) },
  { ...ANY_RUN, name: 'showAdoption', path: '/api/adoption', operation: ADOPTION, handle: adoption(parts) },
  { ...ANY_RUN, name: 'listTrials', path: '/api/trials', operation: LIST_TRIALS, handle: listTrials(parts) },
  {
    ...GET,
    name: 'showTrial',
    path: '/api/runs/{run}/trials/{trial}',
    operation: SHOW_TRIAL,
    handle: showTrial(parts),
  },
  {
    ...GET,
    name: 'showTrialSeries',
    path: '/api/runs/{run}/trials/{trial}/metrics',
    operation: SHOW_TRIAL_SERIES,
    handle: showTrialSeries(parts),
  },
  {
    ...GET,
    name: 'listTrialEvents',
    path: '/api/runs/{run}/trials/{trial}/events',
    operation: TRIAL_EVENTS,
    handle: trialEvents(parts),
  },
  {
    ...ANY_RUN,
    name: 'showMlflowRun',
    path: '/api/mlflow/runs/{mlflow_run_id}',
    operation: SHOW_MLFLOW_RUN,
    handle: showMlflowRun(parts),
  },
  {
    ...ANY_RUN,
    name: 'exportTrials',
    path: '/api/export/trials',
    operation: EXPORT_TRIALS,
    handle: exportTrials(parts),
  },
  {
    ...GET,
    name: 'exportPoints',
    path: '/api/runs/{run}/metrics/export',
    operation: EXPORT_POINTS,
    handle: exportPoints(parts),
  },
];

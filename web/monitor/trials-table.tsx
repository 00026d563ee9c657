import type { TrialListItem } from '../../src/queries/shapes.ts';
import { clockOffsetMs } from '../api/server-clock.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { takenMs } from '../data/elapsed-ms.ts';
import { pairKey } from '../data/pair-key.ts';
import { nonFiniteSince, type Recent, type RecentValues } from '../data/recent-values.ts';
import { formatInteger, formatNumber } from '../format/number.ts';
import { formatClock, formatDuration } from '../format/time.ts';
import { now, serverNow } from '../shell/now.ts';
import { RunLink } from '../shell/run-link.tsx';
import { StatusMark } from '../shell/status.tsx';
import { TrialLink } from '../shell/trial-link.tsx';

export interface TrialsTableProps {
  readonly trials: readonly TrialListItem[];
  readonly recent: RecentValues;
}

/** The trials of the moment, with the latest values of one metric of each. */
export function TrialsTable({ trials, recent }: TrialsTableProps) {
  return (
    <section aria-labelledby="trials-title">
      <h2 id="trials-title">Trials</h2>
      <div class="scroller">
        <table class="table fixed trials-of-now">
          <colgroup>
            <col />
            <col class="wide" />
            <col class="widest" />
            <col class="narrow" />
            <col />
            <col class="narrow" />
            <col class="narrow" />
            <col class="narrow" />
          </colgroup>
          <thead>
            <tr>
              <th scope="col">Trial</th>
              <th scope="col">Run</th>
              <th scope="col">Status</th>
              <th scope="col">Constraint</th>
              <th scope="col">Metric</th>
              <th scope="col" class="number">
                Last value
              </th>
              <th scope="col">Recent</th>
              <th scope="col">Time</th>
            </tr>
          </thead>
          <tbody>
            {trials.map((trial) => (
              <TrialRow key={pairKey(trial.model_run_id, trial.trial_id)} trial={trial} recent={recent} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function TrialRow({ trial, recent }: { readonly trial: TrialListItem; readonly recent: RecentValues }) {
  const { model_run_id, trial_id, status, spectral_norm, started_at } = trial;
  const values = recent.of(pairKey(model_run_id, trial_id), trial.attempt);
  const running = status === 'running' && started_at !== null;
  return (
    <tr>
      <td class="id" title={trial_id}>
        <TrialLink run={model_run_id} trial={trial_id} />
      </td>
      <td class="id" title={model_run_id}>
        <RunLink run={model_run_id} />
      </td>
      <td>
        <StatusMark status={status} />
        {values !== undefined && <Warning recent={values} isRunning={running} />}
      </td>
      <td>{spectral_norm ? 'spectral norm' : 'none'}</td>
      <td class="id" title={values?.name}>
        {values?.name ?? ''}
      </td>
      <td class="number">{formatNumber(values?.values.at(-1))}</td>
      <td>{values !== undefined && <Sparkline values={values.values} />}</td>
      <td>{formatDuration(takenMs(trial, serverNow.value))}</td>
    </tr>
  );
}

/** A running trial of which no point has arrived for this long is stale. */
const STALE_AFTER_MS = 120_000;

/** Warnings about the values: a loss that is no longer finite, a trial without new points. */
function Warning({ recent, isRunning }: { readonly recent: Recent; readonly isRunning: boolean }) {
  const step = nonFiniteSince(recent);
  if (step !== undefined)
    return (
      <span class="stale">
        {' '}
        · {recent.name} not finite since step {formatInteger(step)}
      </span>
    );
  const { arrivedAt } = recent;
  if (!isRunning || arrivedAt === 0 || now.value - arrivedAt < STALE_AFTER_MS) return null;
  return <span class="stale"> · stale since {formatClock(arrivedAt + clockOffsetMs.value)}</span>;
}

import { counted } from '../format/counted.ts';
import { formatInteger, formatValue } from '../format/number.ts';
import { CutText } from '../shell/cut-text.tsx';
import { StatusMark } from '../shell/status.tsx';
import { Swatch } from '../shell/swatch.tsx';
import { TrialLink } from '../shell/trial-link.tsx';
import type { Axis } from './axis.ts';
import { axisName } from './compare-view.ts';
import type { ColouredTrial } from './parallel-coordinates.tsx';
import { trialValue } from './sample.ts';
import { valueText } from './value-text.ts';

export interface TrialListProps {
  readonly axes: readonly Axis[];
  readonly trials: readonly ColouredTrial[];
  /** The order of the list, such as `metric.loss`. */
  readonly orderBy: string;
  readonly best: 'max' | 'min';
  /** The trials are of several runs. */
  readonly namesRuns: boolean;
}

const MOST = 100;

/** The trials that the brushes keep, the best first: parameters against results. */
export function TrialListSection({ axes, trials, orderBy, best, namesRuns }: TrialListProps) {
  const shown = trials.filter(({ isShown }) => isShown);
  const figure = ({ trial }: ColouredTrial): number => Number(trialValue(trial, orderBy) ?? Number.NaN);
  const ordered = shown.toSorted((a, b) => {
    const [x, y] = [figure(a), figure(b)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    if (x === y) return 0;
    return x > y === (best === 'max') ? -1 : 1;
  });
  return (
    <section aria-labelledby="list-title" class="block">
      <h2 id="list-title">Parameters against results</h2>
      <p class="muted">
        {formatInteger(shown.length)} of {counted(trials.length, 'trial')}, the best {axisName(orderBy)} first
        {shown.length > MOST ? `; the first ${MOST} are listed` : ''}.
      </p>
      <div class="scroller short">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Trial</th>
              {namesRuns && <th scope="col">Run</th>}
              <th scope="col">Status</th>
              {axes.map(({ key }) => (
                <th scope="col" class="number" key={key} title={key}>
                  {axisName(key)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ordered.slice(0, MOST).map(({ trial, colour }) => (
              <tr key={`${trial.model_run_id} ${trial.trial_id}`}>
                <th scope="row" class="id" title={trial.trial_id}>
                  <Swatch colour={colour} /> <TrialLink run={trial.model_run_id} trial={trial.trial_id} />
                </th>
                {namesRuns && (
                  <td class="id" title={trial.model_run_id}>
                    <CutText text={trial.model_run_id} />
                  </td>
                )}
                <td>
                  <StatusMark status={trial.status} />
                </td>
                {axes.map(({ key }) => {
                  const value = trialValue(trial, key);
                  return (
                    <td class="number" key={key} title={value === undefined ? undefined : String(value)}>
                      {typeof value === 'string' ? valueText(value) : formatValue(value)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

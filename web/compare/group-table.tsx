import type { ComparedGroup } from '../../src/queries/shapes.ts';
import { formatInteger, formatNumber } from '../format/number.ts';
import { trialPath } from '../shell/address.ts';
import { CutText } from '../shell/cut-text.tsx';
import { Swatch } from '../shell/swatch.tsx';

export interface GroupRow {
  readonly name: string;
  readonly colour: string;
  /** Of its dashes and shapes (shapes.ts). */
  readonly variant: number | undefined;
  readonly group: ComparedGroup;
}

const HEADS = ['n', 'Mean', 'SD', '95 % interval', 'Min', 'Q1', 'Median', 'Q3', 'Max'];

/** A figure that is greater than any double. */
const BEYOND = '> 1.797e308';

interface GroupTableProps {
  readonly metric: string;
  readonly rows: readonly GroupRow[];
  /** The trials are of several runs. */
  readonly namesRuns: boolean;
}

/** The figures of each group, over all of its trials. */
export function GroupTable({ metric, rows, namesRuns }: GroupTableProps) {
  return (
    <div class="scroller">
      <table class="table">
        <caption class="hidden-text">{metric} by group</caption>
        <thead>
          <tr>
            <th scope="col">Group</th>
            {HEADS.map((head) => (
              <th scope="col" class="number" key={head}>
                {head}
              </th>
            ))}
            <th scope="col">Best trial</th>
            <th scope="col">Left out</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, colour, variant, group }) => (
            <tr key={name}>
              <th scope="row">
                <Swatch colour={colour} variant={variant} /> {name}
              </th>
              <td class="number">{formatInteger(group.n)}</td>
              <td class="number">{formatNumber(group.mean)}</td>
              <td class="number">{group.sd === null && group.n > 1 ? BEYOND : formatNumber(group.sd)}</td>
              <td class="number">
                {group.ci95 !== null
                  ? `${formatNumber(group.ci95[0])} to ${formatNumber(group.ci95[1])}`
                  : group.n > 1 && BEYOND}
              </td>
              {[group.min, group.q1, group.median, group.q3, group.max].map((value, at) => (
                <td class="number" key={at}>
                  {formatNumber(value)}
                </td>
              ))}
              <td>
                {group.best !== null && (
                  <a href={trialPath(group.best.model_run_id, group.best.trial_id)} title={group.best.trial_id}>
                    {formatNumber(group.best.value)} (
                    {namesRuns && (
                      <>
                        <CutText text={group.best.model_run_id} /> /{' '}
                      </>
                    )}
                    <CutText text={group.best.trial_id} />)
                  </a>
                )}
              </td>
              <td>{leftOut(group)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function leftOut({ left_out: { no_value, nan, infinite } }: ComparedGroup): string {
  const parts = [
    [no_value, 'without a value'],
    [nan, 'NaN'],
    [infinite, 'infinite'],
  ] as const;
  return parts.flatMap(([count, reason]) => (count === 0 ? [] : [`${count} ${reason}`])).join(', ');
}

import { formatInteger, formatNumber } from '../format/number.ts';
import { AsTable } from '../shell/as-table.tsx';
import type { ShownCurve } from './shown-curve.ts';

const HEADS = ['Step', 'n', 'Mean', 'Min', 'Q1', 'Median', 'Q3', 'Max'];

/** The content of the curves as a table. */
export const CurveTable = ({ metric, curves }: { readonly metric: string; readonly curves: readonly ShownCurve[] }) => (
  <AsTable
    label={`curves of ${metric} by group`}
    kind="scroller short"
    caption={`Curves of ${metric} by group`}
    rowHead="Group"
    heads={HEADS}
    rows={() =>
      curves.flatMap(({ key, name, curve }) =>
        curve.step.map((step, at) => (
          <tr key={`${key} ${step}`}>
            <th scope="row">{name}</th>
            <td class="number">{formatInteger(step)}</td>
            <td class="number">{formatInteger(curve.n[at] ?? 0)}</td>
            {[curve.mean, curve.min, curve.q1, curve.median, curve.q3, curve.max].map((column, index) => (
              <td class="number" key={index}>
                {formatNumber(column[at])}
              </td>
            ))}
          </tr>
        )),
      )
    }
  />
);

import type { Line } from '../charts/draw-lines.ts';
import { formatInteger, formatNumber } from '../format/number.ts';
import { AsTable } from '../shell/as-table.tsx';

const HEADS = ['Last step', 'Last', 'Min', 'Max', 'Not finite'];

/** The content of a chart as a table. */
export const ValueTable = ({ name, lines }: { readonly name: string; readonly lines: () => readonly Line[] }) => (
  <AsTable
    label={`${name} of each trial`}
    caption={`${name} of each trial`}
    rowHead="Trial"
    heads={HEADS}
    rows={() =>
      lines().map(({ key, series }) => (
        <tr key={key}>
          <th scope="row" class="id">
            {key}
          </th>
          <td class="number">{formatInteger(lastStep(series))}</td>
          <td class="number">{formatNumber(series.last.at(-1))}</td>
          <td class="number">{formatNumber(least(series.min))}</td>
          <td class="number">{formatNumber(greatest(series.max))}</td>
          <td class="number">{series.marks.length}</td>
        </tr>
      ))
    }
  />
);

function lastStep({ steps, exact }: Line['series']): number | string {
  const last = steps.at(-1) ?? '';
  return exact?.get(Number(last)) ?? last;
}

/** Null for a series without a finite value. */
const least = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => Math.min(a, b));
const greatest = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b));

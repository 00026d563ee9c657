import type { Adoption } from '../../src/queries/page-shapes.ts';
import { requestJson } from '../api/request.ts';
import { colourOf, slotOfSpectralNorm } from '../colour/palette.ts';
import { useLoad } from '../data/load.ts';
import { formatInteger, formatPercent } from '../format/number.ts';
import { formatDateTime, formatDuration, zoneName } from '../format/time.ts';
import { AsTable } from '../shell/as-table.tsx';
import { Scroller } from '../shell/scroller.tsx';
import { Swatch } from '../shell/swatch.tsx';
import { theme } from '../shell/theme.ts';

export interface AdoptionChartProps {
  /** The query of the trials. */
  readonly filter: string;
  /** Changes when trials have started or ended. */
  readonly round: number;
}

const WIDTH = 620;
const HEIGHT = 120;
const FOOT = 18;

/** How many trials start with spectral norm, over time. */
export function AdoptionChart({ filter, round }: AdoptionChartProps) {
  const { state } = useLoad((signal) => requestJson<Adoption>(`/api/adoption?${filter}`, { signal }), [filter, round]);
  const { data, error } = state.value;
  if (data === undefined) {
    return error === undefined ? null : <p class="notice error">Adoption cannot be read: {(error as Error).message}</p>;
  }
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const [norm, none] = [total(data.with), total(data.without)];
  if (norm + none === 0) return null;
  const colours = [true, false].map((each) => colourOf(slotOfSpectralNorm(each), theme.value));
  return (
    <section aria-labelledby="adoption-title" class="block">
      <h2 id="adoption-title">Adoption of spectral norm</h2>
      <p>
        {formatInteger(norm)} of {formatInteger(norm + none)} started trials use spectral norm (
        {formatPercent(norm / (norm + none))}).
      </p>
      <p class="legend muted">
        <Swatch colour={colours[0] ?? ''} /> with <Swatch colour={colours[1] ?? ''} /> without, or not stated · trials
        that started in each {formatDuration(data.width_ms)} · {zoneName()}
      </p>
      <Scroller label="trials by their start" kind="sideways">
        <Bars data={data} colours={colours} />
      </Scroller>
      <AdoptionTable data={data} />
    </section>
  );
}

function Bars({ data, colours }: { readonly data: Adoption; readonly colours: readonly string[] }) {
  const { width_ms, start_ms } = data;
  const [first = 0] = start_ms;
  const last = start_ms.at(-1) ?? first;
  const slots = Math.round((last - first) / width_ms) + 1;
  const most = Math.max(...start_ms.map((_, at) => (data.with[at] ?? 0) + (data.without[at] ?? 0)));
  const barWidth = Math.min(40, (WIDTH - 40) / slots);
  const height = (count: number): number => (count / most) * (HEIGHT - FOOT - 4);
  return (
    <svg
      class="boxes"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label="trials by their start; the table has the values"
    >
      <text x={0} y={10}>
        {formatInteger(most)}
      </text>
      <line x1={36} x2={WIDTH} y1={HEIGHT - FOOT + 0.5} y2={HEIGHT - FOOT + 0.5} class="grid" />
      {start_ms.map((start, at) => {
        const x = 36 + Math.round((start - first) / width_ms) * barWidth;
        const [norm, none] = [height(data.with[at] ?? 0), height(data.without[at] ?? 0)];
        const foot = HEIGHT - FOOT;
        return (
          <g key={start}>
            <rect x={x} y={foot - norm} width={Math.max(1, barWidth - 1)} height={norm} fill={colours[0]} />
            <rect x={x} y={foot - norm - none} width={Math.max(1, barWidth - 1)} height={none} fill={colours[1]} />
          </g>
        );
      })}
      <text x={36} y={HEIGHT - 4}>
        {formatDateTime(first)}
      </text>
      {slots > 8 && (
        <text x={Math.min(WIDTH, 36 + slots * barWidth)} y={HEIGHT - 4} text-anchor="end">
          {formatDateTime(last)}
        </text>
      )}
    </svg>
  );
}

const AdoptionTable = ({ data }: { readonly data: Adoption }) => (
  <AsTable
    label="trials by their start"
    kind="scroller short"
    rowHead="From"
    heads={['With', 'Without']}
    rows={() =>
      data.start_ms.map((start, at) => (
        <tr key={start}>
          <th scope="row">{formatDateTime(start)}</th>
          <td class="number">{data.with[at]}</td>
          <td class="number">{data.without[at]}</td>
        </tr>
      ))
    }
  />
);

import type { Adoption } from '../../src/queries/page-shapes.ts';
import { requestJson } from '../api/request.ts';
import { colourOf, slotOfSpectralNorm } from '../colour/palette.ts';
import { useLoad } from '../data/use-load.ts';
import { counted } from '../format/counted.ts';
import { formatInteger, formatPercent } from '../format/number.ts';
import { formatDateTime, formatDuration, zoneName } from '../format/time.ts';
import { Answered } from '../shell/answered.tsx';
import { AsTable } from '../shell/as-table.tsx';
import { Scroller } from '../shell/scroller.tsx';
import { Swatch } from '../shell/swatch.tsx';
import { theme } from '../shell/theme.ts';
import { ADOPTION_FOOT, ADOPTION_HEIGHT, ADOPTION_LEFT, ADOPTION_WIDTH, adoptionBars } from './adoption-bars.ts';

export interface AdoptionChartProps {
  /** The query of the trials. */
  readonly filter: string;
  /** Changes when trials have started or ended. */
  readonly round: number;
}

/** The least right end at which the last time does not overlap the first. */
const ROOM_FOR_TWO = 320;

/** How many trials start with spectral norm, over time. */
export function AdoptionChart({ filter, round }: AdoptionChartProps) {
  const loaded = useLoad((signal) => requestJson<Adoption>(`/api/adoption?${filter}`, { signal }), [filter], [round]);
  return (
    <Answered what="the adoption" loaded={loaded}>
      {loaded.data !== undefined && <AdoptionSection data={loaded.data} />}
    </Answered>
  );
}

function AdoptionSection({ data }: { readonly data: Adoption }) {
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const [norm, none] = [total(data.with), total(data.without)];
  if (norm + none === 0) return null;
  const colours = [true, false].map((each) => colourOf(slotOfSpectralNorm(each), theme.value));
  return (
    <section aria-labelledby="adoption-title" class="block">
      <h2 id="adoption-title">Adoption of spectral norm</h2>
      <p>
        {formatInteger(norm)} of {counted(norm + none, 'started trial')} with spectral norm (
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
  const { bars, most, right } = adoptionBars(data);
  const foot = ADOPTION_HEIGHT - ADOPTION_FOOT;
  const [first, last] = [bars[0]?.start ?? 0, bars.at(-1)?.start ?? 0];
  return (
    <svg
      class="boxes"
      viewBox={`0 0 ${ADOPTION_WIDTH} ${ADOPTION_HEIGHT}`}
      role="img"
      aria-label="trials by their start; the table has the values"
    >
      <text x={0} y={10}>
        {formatInteger(most)}
      </text>
      <line x1={ADOPTION_LEFT} x2={ADOPTION_WIDTH} y1={foot + 0.5} y2={foot + 0.5} class="grid" />
      {bars.map(({ start, x, width, with: norm, without }) => (
        <g key={start}>
          <rect x={x} y={foot - norm} width={width} height={norm} fill={colours[0]} />
          <rect x={x} y={foot - norm - without} width={width} height={without} fill={colours[1]} />
        </g>
      ))}
      <text x={ADOPTION_LEFT} y={ADOPTION_HEIGHT - 4}>
        {formatDateTime(first)}
      </text>
      {right > ROOM_FOR_TWO && (
        <text x={right} y={ADOPTION_HEIGHT - 4} text-anchor="end">
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

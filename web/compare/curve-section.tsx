import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { Curves, GroupCurve } from '../../src/queries/page-shapes.ts';
import { requestJson } from '../api/request.ts';
import type { Line } from '../charts/draw-lines.ts';
import { LineChart } from '../charts/line-chart.tsx';
import { placeAt } from '../charts/place-at.ts';
import { dashOf } from '../charts/shapes.ts';
import type { Theme } from '../colour/palette.ts';
import { useLoad } from '../data/use-load.ts';
import { counted } from '../format/counted.ts';
import { formatInteger, formatNumber } from '../format/number.ts';
import { Answered } from '../shell/answered.tsx';
import { Swatch } from '../shell/swatch.tsx';
import { theme } from '../shell/theme.ts';
import { type Band, type CompareView, filterQuery, groupName } from './compare-view.ts';
import { CurveTable } from './curve-table.tsx';
import { colourOfGroup, type GroupLooks, groupKeyOf, lookOfGroup } from './group-looks.ts';
import type { ShownCurve } from './shown-curve.ts';

export interface CurveSectionProps {
  readonly view: CompareView;
  /** Metrics that have points. */
  readonly names: readonly string[];
  readonly looks: GroupLooks;
  /** Number of groups; the place of their curves is kept until those are read. */
  readonly groups: number;
  readonly round: number;
  readonly onChange: (view: CompareView) => void;
}

const BANDS: readonly (readonly [Band, string])[] = [
  ['quartiles', 'quartiles'],
  ['range', 'min to max'],
  ['none', 'none'],
];
const CHART_VIEW = {
  x: 'step',
  xMetric: '',
  y: 'linear',
  fromZero: false,
  yRange: undefined,
  hidesExtremes: false,
  range: undefined,
} as const;
const BUCKETS = 120;
const LEGEND_PX = 20;
/** Trials that are read, in a quarter of a second; the server says how many of how many. */
const MOST_TRIALS = 150;

/** The course of a metric in each group: the mean of its trials, and a band. */
export function CurveSection({ view, names, looks, groups, round, onChange }: CurveSectionProps) {
  const metric = view.curve !== '' ? view.curve : (names.find((name) => view.metrics.includes(name)) ?? names[0] ?? '');
  const query = filterQuery(view);
  for (const key of view.groupBy) query.append('group_by', key);
  query.set('metric', metric);
  query.set('buckets', String(BUCKETS));
  query.set('trials_most', String(MOST_TRIALS));
  const loaded = useLoad((signal) => requestJson<Curves>(`/api/curves?${query}`, { signal }), [`${query}`], [round]);
  const { data } = loaded;
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const cursor = useSignal<{ readonly x: number } | null>(null);
  const dark = theme.value === 'dark';
  const shown = useMemo(
    () => (data === undefined ? [] : groupsOf(data, view.band, looks, theme.value)),
    [data, view.band, looks, theme.value],
  );
  const visible = (): Line[] => shown.filter(({ key }) => !hidden.peek().has(key)).map(({ line }) => line);
  if (names.length === 0) return null;

  function toggle(key: string): void {
    const next = new Set(hidden.value);
    if (!next.delete(key)) next.add(key);
    hidden.value = next;
  }

  return (
    <section class="chart" aria-label={`curves of ${metric}`}>
      <div class="row">
        <h3>Curves of</h3>
        <select
          aria-label="Metric of the curves"
          value={metric}
          onChange={({ currentTarget }) => onChange({ ...view, curve: currentTarget.value })}
        >
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <label class="row">
          <span class="muted">Band</span>
          <select
            aria-label="Band"
            value={view.band}
            onChange={({ currentTarget }) => onChange({ ...view, band: currentTarget.value as Band })}
          >
            {BANDS.map(([band, text]) => (
              <option key={band} value={band}>
                {text}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Answered what="the curves" loaded={loaded}>
        <LineChart
          lines={visible}
          drawnFrom={[shown, hidden.value]}
          version={0}
          focus={null}
          view={CHART_VIEW}
          dark={dark}
          cursor={cursor}
          onCursor={(at) => {
            cursor.value = at;
          }}
          onZoom={() => undefined}
          label={`mean of ${metric} in ${counted(shown.length, 'group')}; the table below has the values`}
        />
        <ul class="legend-list" style={{ minHeight: `${groups * LEGEND_PX}px` }}>
          {shown.map(({ key, name, colour, variant, curve }) => (
            <li key={key}>
              <label>
                <input type="checkbox" checked={!hidden.value.has(key)} onChange={() => toggle(key)} />{' '}
                <Swatch colour={colour} variant={variant} /> {name}
              </label>{' '}
              <span class="muted">{readOut(curve, cursor.value)}</span>
            </li>
          ))}
        </ul>
        <p class="said">{data === undefined ? '\u00a0' : said(data)}</p>
        <CurveTable metric={metric} curves={shown} />
      </Answered>
    </section>
  );
}

function groupsOf({ curves, group_by }: Curves, band: Band, looks: GroupLooks, of: Theme): readonly ShownCurve[] {
  return curves.map((curve) => {
    const key = groupKeyOf(curve.group);
    const colour = colourOfGroup(looks, curve.group, of);
    const { variant } = lookOfGroup(looks, curve.group);
    const steps = curve.step.map(Number);
    const [low, high] = band === 'quartiles' ? [curve.q1, curve.q3] : [curve.min, curve.max];
    const series = {
      width: 1,
      steps,
      min: band === 'none' ? curve.mean : low,
      max: band === 'none' ? curve.mean : high,
      last: curve.mean,
      times: [],
      attempts: [],
      marks: [],
      revision: 0,
    };
    const line: Line = {
      key,
      series,
      xs: steps,
      isOrdered: true,
      ys: curve.mean,
      colour,
      dash: dashOf(variant),
      showsRaw: true,
      hasBand: band !== 'none',
    };
    return { key, name: groupName(group_by, curve.group), colour, variant, curve, line };
  });
}

function readOut(curve: GroupCurve, at: { readonly x: number } | null): string {
  const steps = curve.step.map(Number);
  const place = at === null ? steps.length - 1 : placeAt(steps, at.x, true);
  const mean = curve.mean[place];
  if (mean === undefined) return `no value yet (${counted(curve.trials, 'trial')})`;
  const [q1, q3] = [curve.q1[place], curve.q3[place]];
  return (
    `at ${formatInteger(curve.step[place] ?? 0)}: mean ${formatNumber(mean)}, quartiles ${formatNumber(q1)} to ` +
    `${formatNumber(q3)}, n = ${formatInteger(curve.n[place] ?? 0)} of ${formatInteger(curve.trials)}`
  );
}

function said({ trials, trials_read, groups_left_out, curves }: Curves): string {
  const nonfinite = curves.reduce((sum, curve) => sum + curve.nonfinite, 0);
  return [
    trials_read < trials
      ? `An even sample of ${formatInteger(trials_read)} of ${formatInteger(trials)} trials`
      : trials === 1
        ? '1 trial'
        : `All ${formatInteger(trials)} trials`,
    nonfinite > 0 && `${counted(nonfinite, 'point')} not finite, left out`,
    groups_left_out > 0 && counted(groups_left_out, 'more group'),
    'at each step, the trials that have reached it',
  ]
    .filter((part) => part !== false)
    .join(' · ');
}

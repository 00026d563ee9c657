import type { ComparedGroup } from '../../src/queries/shapes.ts';
import { mapping, rangeOf } from '../charts/scales.ts';
import { shapePath } from '../charts/shapes.ts';
import { ticksOf } from '../charts/ticks.ts';
import { formatNumber } from '../format/number.ts';

export interface BoxPlotGroup {
  readonly name: string;
  readonly colour: string;
  /** Of the shape of its points (shapes.ts). */
  readonly variant: number | undefined;
  readonly group: ComparedGroup;
  /** Values of single trials, drawn as points. */
  readonly values: readonly number[];
}

const WIDTH = 560;
/** Few groups have more room each. */
const rowOf = (groups: number): number => (groups <= 3 ? 64 : 42);
const LABEL = 150;
const FOOT = 20;
/** The height of a line of a label, and the letters that it has room for. */
const LINE = 13;
const MOST_LETTERS = 23;
/** Half the width of a point. */
const POINT = 1.6;

/** A box of quartiles, whiskers to the extremes, the mean with its interval, and a point for each trial. */
export function BoxPlot({ metric, groups }: { readonly metric: string; readonly groups: readonly BoxPlotGroup[] }) {
  const values = groups.flatMap(({ group: { min, max }, values: points }) => [
    min ?? Number.NaN,
    max ?? Number.NaN,
    ...points,
  ]);
  const range = rangeOf(values, 'linear');
  const toX = mapping('linear', range, LABEL, WIDTH - 24);
  const row = rowOf(groups.length);
  const height = groups.length * row + FOOT;
  const ticks = ticksOf(range.low, range.high, 5);
  return (
    <svg
      class="boxes"
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label={`${metric} by group; the table has the values`}
    >
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={toX(tick)} x2={toX(tick)} y1={0} y2={height - FOOT} class="grid" />
          <text x={toX(tick)} y={height - 6} text-anchor="middle">
            {formatNumber(tick)}
          </text>
        </g>
      ))}
      {groups.map((each, at) => (
        <Box key={each.name} {...each} y={at * row + row / 2} toX={toX} />
      ))}
    </svg>
  );
}

interface BoxProps extends BoxPlotGroup {
  readonly y: number;
  readonly toX: (value: number) => number;
}

function Box({ name, colour, variant, group, values, y, toX }: BoxProps) {
  const { n, min, q1, median, q3, max, mean, ci95 } = group;
  return (
    <g>
      {partsOf(name).map((part, at, parts) => (
        <text key={at} x={0} y={y + 4 + (at - (parts.length - 1) / 2) * LINE}>
          {part.length > MOST_LETTERS ? `${part.slice(0, MOST_LETTERS - 1)}…` : part}
        </text>
      ))}
      {values.map((value, at) => (
        <path key={at} d={shapePath(variant, toX(value), y + jitter(at), POINT)} fill={colour} opacity={0.5} />
      ))}
      {n > 0 && min !== null && max !== null && q1 !== null && q3 !== null && median !== null && (
        <>
          <line x1={toX(min)} x2={toX(max)} y1={y} y2={y} stroke={colour} />
          <rect
            x={toX(q1)}
            y={y - 8}
            width={Math.max(1, toX(q3) - toX(q1))}
            height={16}
            fill={colour}
            fill-opacity={0.14}
            stroke={colour}
          />
          <line x1={toX(median)} x2={toX(median)} y1={y - 8} y2={y + 8} stroke={colour} stroke-width={2} />
        </>
      )}
      {mean !== null && ci95 !== null && (
        <>
          <line x1={toX(ci95[0])} x2={toX(ci95[1])} y1={y + 13} y2={y + 13} stroke={colour} stroke-width={2} />
          <path d={shapePath(variant, toX(mean), y + 13, 3)} fill={colour} />
        </>
      )}
    </g>
  );
}

/** A group of two members has a line for each. */
const partsOf = (name: string): readonly string[] => name.split(', ').slice(0, 2);

/** A fixed pattern of offsets, so that a point stays in place when the page is drawn again. */
const jitter = (at: number): number => ((at * 7) % 13) - 6;

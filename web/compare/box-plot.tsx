import { shapePath } from '../charts/shapes.ts';
import { BOX_WIDTH, type BoxScale, type BoxValues, boxMarks, boxScale } from './box-layout.ts';

export interface BoxPlotGroup extends BoxValues {
  readonly name: string;
  /** The name, member by member: a line for each. */
  readonly parts: readonly string[];
  readonly colour: string;
  /** Of the shape of its points (shapes.ts). */
  readonly variant: number | undefined;
}

/** Few groups have more room each. */
const rowOf = (groups: number): number => (groups <= 3 ? 64 : 42);
const FOOT = 20;
/** The height of a line of a label, and the letters that it has room for. */
const LINE = 13;
const MOST_LETTERS = 23;
/** Half the width of a point. */
const POINT = 1.6;

/** A box of quartiles, whiskers to the extremes, the mean with its interval, and a point for each trial. */
export function BoxPlot({ metric, groups }: { readonly metric: string; readonly groups: readonly BoxPlotGroup[] }) {
  const scale = boxScale(groups);
  const row = rowOf(groups.length);
  const height = groups.length * row + FOOT;
  return (
    <svg
      class="boxes"
      viewBox={`0 0 ${BOX_WIDTH} ${height}`}
      role="img"
      aria-label={`${metric} by group; the table has the values`}
    >
      {scale.ticks.map(({ x, text }) => (
        <g key={text}>
          <line x1={x} x2={x} y1={0} y2={height - FOOT} class="grid" />
          <text x={x} y={height - 6} text-anchor="middle">
            {text}
          </text>
        </g>
      ))}
      {groups.map((each, at) => (
        <Box key={each.name} {...each} y={at * row + row / 2} scale={scale} />
      ))}
    </svg>
  );
}

interface BoxProps extends BoxPlotGroup {
  readonly y: number;
  readonly scale: BoxScale;
}

function Box({ parts, colour, variant, y, scale, ...values }: BoxProps) {
  const { whiskers, box, median, mean, interval, points } = boxMarks(values, scale);
  return (
    <g>
      {parts.map((part, at) => (
        <text key={at} x={0} y={y + 4 + (at - (parts.length - 1) / 2) * LINE}>
          {part.length > MOST_LETTERS ? `${part.slice(0, MOST_LETTERS - 1)}…` : part}
        </text>
      ))}
      {points.map((x, at) => (
        <path key={at} d={shapePath(variant, x, y + jitter(at), POINT)} fill={colour} opacity={0.5} />
      ))}
      {whiskers !== undefined && <line x1={whiskers[0]} x2={whiskers[1]} y1={y} y2={y} stroke={colour} />}
      {box !== undefined && (
        <rect
          x={box[0]}
          y={y - 8}
          width={Math.max(1, box[1] - box[0])}
          height={16}
          fill={colour}
          fill-opacity={0.14}
          stroke={colour}
        />
      )}
      {median !== undefined && <line x1={median} x2={median} y1={y - 8} y2={y + 8} stroke={colour} stroke-width={2} />}
      {interval !== undefined && (
        <line x1={interval[0]} x2={interval[1]} y1={y + 13} y2={y + 13} stroke={colour} stroke-width={2} />
      )}
      {mean !== undefined && interval !== undefined && <path d={shapePath(variant, mean, y + 13, 3)} fill={colour} />}
    </g>
  );
}

/** A fixed pattern of offsets, so that a point stays in place when the page is drawn again. */
const jitter = (at: number): number => ((at * 7) % 13) - 6;

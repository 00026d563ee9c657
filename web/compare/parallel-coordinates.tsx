import { useRef } from 'preact/hooks';
import type { TrialListItem } from '../../src/queries/shapes.ts';
import { Canvas, type Place, type Surface } from '../charts/canvas.tsx';
import { counted } from '../format/counted.ts';
import { Scroller } from '../shell/scroller.tsx';
import type { Axis } from './axis.ts';
import { axisName, type Brush } from './compare-view.ts';
import { trialValue } from './sample.ts';

export interface ColouredTrial {
  readonly trial: TrialListItem;
  readonly colour: string;
  /** Of the shape of its point (shapes.ts). */
  readonly variant: number | undefined;
  /** One of the best tenth. */
  readonly isBest: boolean;
  /** False for a trial that a brush excludes. */
  readonly isShown: boolean;
}

export interface ParallelCoordinatesProps {
  readonly axes: readonly Axis[];
  readonly trials: readonly ColouredTrial[];
  readonly brushes: ReadonlyMap<string, Brush>;
  readonly onBrush: (key: string, brush: Brush | null) => void;
  readonly onLog: (key: string, isLog: boolean) => void;
}

const HEIGHT_PX = 280;
const SIDE_PX = 64;
/** A narrow page scrolls sideways, so that titles do not overlap. */
const AXIS_PX = 120;
/** Room at the foot for trials without a value. */
const FOOT_PX = 26;
const HEAD_PX = 10;

/** A line for each trial over one axis for each parameter and metric. A drag on an axis keeps the trials of that part. */
export function ParallelCoordinates({ axes, trials, brushes, onBrush, onLog }: ParallelCoordinatesProps) {
  const width = useRef(0);
  const last = Math.max(1, axes.length - 1);

  function draw(surface: Surface): void {
    const { ratio } = surface;
    width.current = surface.width / ratio;
    const x = (at: number): number => Math.round(SIDE_PX * ratio + ((surface.width - 2 * SIDE_PX * ratio) * at) / last);
    const [top, bottom] = [HEAD_PX * ratio, (HEIGHT_PX - FOOT_PX) * ratio];
    const y = (place: number | undefined): number =>
      place === undefined ? bottom + 14 * ratio : bottom - place * (bottom - top);
    const rankOf = ({ isShown, isBest }: ColouredTrial): number => (isShown ? (isBest ? 2 : 1) : 0);
    for (const each of trials.toSorted((a, b) => rankOf(a) - rankOf(b))) {
      const { trial, colour, isShown } = each;
      const isBold = rankOf(each) === 2;
      const { context } = surface;
      context.strokeStyle = isShown ? colour : surface.colour('muted');
      context.globalAlpha = isBold ? 0.9 : isShown ? (trials.length > 300 ? 0.3 : 0.5) : 0.1;
      context.lineWidth = isBold ? 2 * ratio : 1;
      context.beginPath();
      for (const [at, axis] of axes.entries()) context.lineTo(x(at), y(axis.place(trialValue(trial, axis.key))));
      context.stroke();
    }
    for (const [at, axis] of axes.entries())
      drawAxis(surface, axis, { x: x(at), top, bottom, brush: brushes.get(axis.key) });
  }

  /** The axis nearest to a place. */
  function axisAt({ x }: Place): Axis | undefined {
    const at = Math.round(((x - SIDE_PX) / Math.max(1, width.current - 2 * SIDE_PX)) * last);
    return axes[Math.max(0, Math.min(axes.length - 1, at))];
  }
  const valueAt = (axis: Axis, { y }: Place): number => {
    const place = (HEIGHT_PX - FOOT_PX - y) / (HEIGHT_PX - FOOT_PX - HEAD_PX);
    return axis.valueAt(Math.max(0, Math.min(1, place)));
  };

  return (
    <Scroller label="axes of the parallel coordinates" kind="sideways">
      <div class="parallel" style={{ minWidth: `${axes.length * AXIS_PX}px` }}>
        <div class="axes">
          {axes.map((axis, at) => (
            <span key={axis.key} style={{ left: `calc(${SIDE_PX}px + (100% - ${2 * SIDE_PX}px) * ${at / last})` }}>
              <b title={axis.key}>{axisName(axis.key)}</b>
              {axis.mayBeLog && (
                <button
                  type="button"
                  class="plain"
                  aria-pressed={axis.isLog}
                  aria-label={`log axis of ${axisName(axis.key)}`}
                  onClick={() => onLog(axis.key, !axis.isLog)}
                >
                  log
                </button>
              )}
            </span>
          ))}
        </div>
        <Canvas
          heightPx={HEIGHT_PX}
          label={`${counted(trials.length, 'trial')} over ${axes.map(({ key }) => axisName(key)).join(', ')}; the table below has the values`}
          draw={draw}
          drawnFrom={[trials, axes, brushes]}
          onClick={(at) => {
            const axis = axisAt(at);
            if (axis !== undefined && brushes.has(axis.key)) onBrush(axis.key, null);
          }}
          onDrag={(from, to) => {
            const axis = axisAt(from);
            if (axis === undefined) return;
            const [a, b] = [valueAt(axis, from), valueAt(axis, to)];
            onBrush(axis.key, { low: Math.min(a, b), high: Math.max(a, b) });
          }}
        />
      </div>
    </Scroller>
  );
}

interface AxisPlace {
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
  readonly brush: Brush | undefined;
}

function drawAxis(surface: Surface, axis: Axis, { x, top, bottom, brush }: AxisPlace): void {
  const { context, ratio, colour } = surface;
  context.globalAlpha = 1;
  context.lineWidth = 1;
  context.strokeStyle = colour('muted');
  context.beginPath();
  context.moveTo(x + 0.5, top);
  context.lineTo(x + 0.5, bottom);
  context.stroke();
  if (brush !== undefined) {
    const at = (value: number): number => {
      const place = axis.isNumeric ? (axis.place(value) ?? 0) : value;
      return bottom - Math.max(0, Math.min(1, place)) * (bottom - top);
    };
    context.fillStyle = colour('accent');
    context.globalAlpha = 0.3;
    context.fillRect(x - 5 * ratio, at(brush.high), 10 * ratio, Math.max(2, at(brush.low) - at(brush.high)));
    context.globalAlpha = 1;
  }
  context.font = `${11 * ratio}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  for (const { at, text } of axis.ticks) {
    const y = bottom - at * (bottom - top);
    const short = !axis.isNumeric && text.length > 14 ? `${text.slice(0, 13)}…` : text;
    const wide = context.measureText(short).width;
    // The texts of the last axis are to its left if they have no room to its right.
    const left = x + 6 * ratio + wide > surface.width ? x - 6 * ratio - wide : x + 6 * ratio;
    // The ground behind a text keeps it readable over the lines.
    context.fillStyle = getComputedStyle(context.canvas).getPropertyValue('--ground');
    context.globalAlpha = 0.8;
    context.fillRect(left - 2 * ratio, y - 7 * ratio, wide + 4 * ratio, 14 * ratio);
    context.globalAlpha = 1;
    context.fillStyle = colour('ink');
    context.fillText(short, left, y);
  }
  context.fillStyle = colour('muted');
  context.textAlign = 'center';
  context.fillText('none', x, bottom + 18 * ratio);
  context.textAlign = 'left';
}

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { textWidthPx } from '../charts/axis-ticks.ts';
import { Canvas, type Place, type Surface } from '../charts/canvas.tsx';
import { shapeOf } from '../charts/shapes.ts';
import { counted } from '../format/counted.ts';
import { formatNumber } from '../format/number.ts';
import { trialPath } from '../shell/address.ts';
import { go } from '../shell/location.ts';
import type { Axis } from './axis.ts';
import { axisName } from './compare-view.ts';
import type { ColouredTrial } from './parallel-coordinates.tsx';
import { trialValue } from './sample.ts';
import { valueText } from './value-text.ts';

export interface ScatterProps {
  readonly x: Axis;
  readonly y: Axis;
  readonly trials: readonly ColouredTrial[];
}

const HEIGHT_PX = 280;
const LEFT_PX = 60;
const FOOT_PX = 28;
const TOP_PX = 10;
const RIGHT_PX = 28;
const NEAR_PX = 12;
/** Half the width of a point. */
const DOT_PX = 3;

interface Dot extends Place {
  readonly of: ColouredTrial;
}

/** A point for each trial: a parameter against a final metric. A click opens the trial. */
export function Scatter({ x, y, trials }: ScatterProps) {
  const dots = useRef<readonly Dot[]>([]);
  const pointed = useSignal<ColouredTrial | null>(null);

  function draw(surface: Surface): void {
    const { context, ratio, colour } = surface;
    const [width, height] = [surface.width / ratio, surface.height / ratio];
    const leftPx = Math.max(LEFT_PX, ...y.ticks.map((tick) => textWidthPx(tick.text) + 16));
    const toX = (place: number): number => leftPx + place * (width - leftPx - RIGHT_PX);
    const toY = (place: number): number => height - FOOT_PX - place * (height - FOOT_PX - TOP_PX);
    drawGrid(surface, x, y, toX, toY, leftPx);
    const placed: Dot[] = [];
    context.scale(ratio, ratio);
    for (const [at, of] of trials.entries()) {
      const [px, py] = [x.place(trialValue(of.trial, x.key)), y.place(trialValue(of.trial, y.key))];
      if (px === undefined || py === undefined) continue;
      const dot = { x: toX(px) + (x.isNumeric ? 0 : spread(at)), y: toY(py), of };
      placed.push(dot);
      context.globalAlpha = of.isShown ? 0.75 : 0.12;
      context.fillStyle = of.isShown ? of.colour : colour('muted');
      context.beginPath();
      const corners = shapeOf(of.variant);
      for (const [cx, cy] of corners) context.lineTo(dot.x + cx * DOT_PX, dot.y + cy * DOT_PX);
      if (corners.length === 0) context.arc(dot.x, dot.y, DOT_PX, 0, 2 * Math.PI);
      context.fill();
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    dots.current = placed;
  }

  function nearest(at: Place): Dot | undefined {
    const distance = (dot: Dot): number => Math.hypot(dot.x - at.x, dot.y - at.y);
    const found = dots.current.reduce<Dot | undefined>(
      (best, dot) => (best === undefined || distance(dot) < distance(best) ? dot : best),
      undefined,
    );
    return found !== undefined && distance(found) <= NEAR_PX ? found : undefined;
  }

  const over = pointed.value;
  return (
    <div>
      <Canvas
        heightPx={HEIGHT_PX}
        label={`${axisName(y.key)} against ${axisName(x.key)} of ${counted(trials.length, 'trial')}; the table below has the values`}
        draw={draw}
        drawnFrom={[trials, x, y]}
        onMove={(at) => {
          pointed.value = at === null ? null : (nearest(at)?.of ?? null);
        }}
        onClick={(at) => {
          const trial = nearest(at)?.of.trial;
          if (trial !== undefined) go(trialPath(trial.model_run_id, trial.trial_id));
        }}
      />
      <p class="muted one-line">
        {over === null
          ? `${axisName(x.key)} → · ${axisName(y.key)} ↑ · click a point to open its trial`
          : `${over.trial.trial_id}: ${axisName(x.key)} ${text(over, x)}, ${axisName(y.key)} ${text(over, y)}`}
      </p>
    </div>
  );
}

function text({ trial }: ColouredTrial, { key }: Axis): string {
  const value = trialValue(trial, key);
  return typeof value === 'number' ? formatNumber(value) : valueText(value);
}

/** A fixed pattern, so that trials with the same value do not cover each other, and stay in place. */
const spread = (at: number): number => ((at * 7) % 23) - 11;

function drawGrid(
  { context, ratio, colour }: Surface,
  x: Axis,
  y: Axis,
  toX: (place: number) => number,
  toY: (place: number) => number,
  leftPx: number,
): void {
  context.font = `${11 * ratio}px system-ui, sans-serif`;
  context.lineWidth = 1;
  context.strokeStyle = colour('line');
  context.fillStyle = colour('muted');
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const { at, text: label } of y.ticks) {
    const py = Math.round(toY(at) * ratio) + 0.5;
    context.beginPath();
    context.moveTo(toX(0) * ratio, py);
    context.lineTo(toX(1) * ratio, py);
    context.stroke();
    context.fillText(label, (leftPx - 8) * ratio, py);
  }
  context.textAlign = 'center';
  let freeFromPx = Number.NEGATIVE_INFINITY;
  for (const { at, text: label } of x.ticks) {
    const text = !x.isNumeric && label.length > 12 ? `${label.slice(0, 11)}…` : label;
    const half = textWidthPx(text) / 2;
    // A text that would overlap the previous one is left out.
    if (toX(at) - half < freeFromPx) continue;
    context.fillText(text, toX(at) * ratio, (toY(0) + 16) * ratio);
    freeFromPx = toX(at) + half;
  }
  context.textAlign = 'left';
}

import { useSignal } from '@preact/signals';
import { rangeTexts } from '../charts/ranges.ts';
import type { Axis } from './axis.ts';
import { axisName, type Brush } from './compare-view.ts';
import { editBound } from './edit-bound.ts';

interface BrushFieldsProps {
  readonly axes: readonly Axis[];
  readonly brushes: ReadonlyMap<string, Brush>;
  readonly onBrush: (key: string, brush: Brush | null) => void;
}

/** The brushes as numbers, for the keyboard and for exact bounds. */
export function BrushFields({ axes, brushes, onBrush }: BrushFieldsProps) {
  const fault = useSignal('');
  return (
    <details>
      <summary>Bounds as numbers</summary>
      <div class="row">
        {axes
          .filter(({ isNumeric }) => isNumeric)
          .map(({ key, valueAt }) => {
            const ends = { low: valueAt(0), high: valueAt(1) };
            const brush = brushes.get(key);
            const field = (end: 'low' | 'high') => (
              <input
                class="bound"
                type="number"
                step="any"
                aria-label={`${end === 'low' ? 'min' : 'max'} ${axisName(key)}`}
                value={textOf(brush ?? ends, end)}
                onChange={({ currentTarget }) => {
                  const next = editBound(brush, ends, end, currentTarget.value);
                  fault.value = typeof next === 'string' ? `${axisName(key)}: ${next}` : '';
                  if (typeof next === 'string') return;
                  currentTarget.value = textOf(next ?? ends, end);
                  onBrush(key, next);
                }}
              />
            );
            return (
              <span class="field" key={key}>
                <span class="muted">{axisName(key)}</span>
                <span class="row">
                  {field('low')} to {field('high')}
                </span>
              </span>
            );
          })}
      </div>
      {fault.value !== '' && (
        <p class="notice error" role="alert">
          {fault.value}
        </p>
      )}
    </details>
  );
}

const textOf = (brush: Brush, end: 'low' | 'high'): string => rangeTexts(brush)[end === 'low' ? 0 : 1];

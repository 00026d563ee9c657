import { useRef } from 'preact/hooks';
import type { Range } from '../charts/scales.ts';
import { change } from '../shell/location.ts';
import { writeRange } from './view.ts';

/** The ends of the y axis of all charts; each chart fits its own values while one of them is empty. */
export function YRange({ range }: { readonly range: Range | undefined }) {
  const [low, high] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];

  function write(): void {
    const [from = '', to = ''] = [low.current?.value, high.current?.value];
    const chosen = { low: Number(from), high: Number(to) };
    if (from !== '' && to !== '' && chosen.low < chosen.high) change({ ylim: writeRange(chosen) });
    else if (range !== undefined) change({ ylim: null });
  }

  return (
    <span class="row">
      {([low, high] as const).map((input, at) => (
        <input
          key={at}
          ref={input}
          class="bound"
          type="number"
          step="any"
          placeholder={at === 0 ? 'from' : 'to'}
          aria-label={at === 0 ? 'y from' : 'y to'}
          defaultValue={range === undefined ? '' : String(at === 0 ? range.low : range.high)}
          onChange={write}
        />
      ))}
    </span>
  );
}

import { SPARK_HEIGHT as HEIGHT, sparklinePath, SPARK_WIDTH as WIDTH } from './sparkline-path.ts';

/** The shape of some recent values; the number beside it is what a screen reader reads. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  return (
    <svg class="sparkline" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={sparklinePath(values)} fill="none" stroke="currentColor" stroke-width="1" />
    </svg>
  );
}

const WIDTH = 96;
const HEIGHT = 20;

/** The shape of some recent values; the number beside it is what a screen reader reads. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  return (
    <svg class="sparkline" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={pathOf(values)} fill="none" stroke="currentColor" stroke-width="1" />
    </svg>
  );
}

/** A gap where a value is NaN or infinite. */
export function pathOf(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low || 1;
  const step = WIDTH / Math.max(1, values.length - 1);
  let path = '';
  let drawing = false;
  for (const [at, value] of values.entries()) {
    if (Number.isFinite(value)) {
      const y = HEIGHT - 2 - ((value - low) / range) * (HEIGHT - 4);
      path += `${drawing ? 'L' : 'M'}${(at * step).toFixed(1)} ${y.toFixed(1)}`;
    }
    drawing = Number.isFinite(value);
  }
  return path;
}

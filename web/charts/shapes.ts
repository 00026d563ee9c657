/** The shape of a point, as corners around its middle in units of its size; a circle has none. */
export type Shape = readonly (readonly [x: number, y: number])[];

/** The second member of a grouping shows in the shape of points and in the dashes of lines: colour alone would not tell all. */
export const SHAPES: readonly Shape[] = [
  [],
  [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  [
    [0, -1.2],
    [1.15, 0.9],
    [-1.15, 0.9],
  ],
  [
    [0, -1.3],
    [1.3, 0],
    [0, 1.3],
    [-1.3, 0],
  ],
];
/** In CSS pixels. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [10, 3, 2, 3]];

/** From the fifth variant on they repeat; without one a point is a circle and a line is whole. */
export const shapeOf = (variant = 0): Shape => SHAPES[variant % SHAPES.length] ?? [];
export const dashOf = (variant = 0): readonly number[] => DASHES[variant % DASHES.length] ?? [];

/** The outline of a point as the path of an SVG. */
export function shapePath(variant: number | undefined, x: number, y: number, size: number): string {
  const corners = shapeOf(variant);
  if (corners.length === 0) {
    return `M${x - size} ${y}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0`;
  }
  return `M${corners.map(([dx, dy]) => `${x + dx * size} ${y + dy * size}`).join('L')}Z`;
}

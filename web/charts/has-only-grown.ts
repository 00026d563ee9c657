import type { Line } from './draw-lines.ts';

/** A line, with the revision that its series had when the line was read. */
export interface ReadLine {
  readonly line: Line;
  readonly revision: number;
}

/** Whether `next` has all values of an earlier line but its last bucket, unchanged, and further ones only at its end. */
export const hasOnlyGrown = ({ line, revision }: ReadLine, next: Line): boolean =>
  line.series === next.series && revision === next.series.revision && line.xs === next.xs && line.ys === next.ys;

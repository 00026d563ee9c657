import type { GroupCurve } from '../../src/queries/page-shapes.ts';
import type { Line } from '../charts/draw-lines.ts';

/** A curve with its name and its colour on the page. */
export interface ShownCurve {
  readonly key: string;
  readonly name: string;
  readonly colour: string;
  /** Of its dashes (shapes.ts). */
  readonly variant: number | undefined;
  readonly curve: GroupCurve;
  readonly line: Line;
}

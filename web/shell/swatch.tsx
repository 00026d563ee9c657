import { dashOf, shapePath } from '../charts/shapes.ts';

export interface SwatchProps {
  readonly colour: string;
  /** The dashes and the shape of a group, if the groups differ in them. */
  readonly variant?: number | undefined;
}

/** The colour of a series beside its name, with a variant on its dashes and shape too. */
export const Swatch = ({ colour, variant }: SwatchProps) =>
  variant === undefined ? (
    <svg width="10" height="10" aria-hidden="true">
      <rect width="10" height="10" rx="2" fill={colour} />
    </svg>
  ) : (
    <svg width="26" height="10" aria-hidden="true">
      <line x1="0" x2="26" y1="5" y2="5" stroke={colour} stroke-dasharray={dashOf(variant).join(' ')} />
      <path d={shapePath(variant, 13, 5, 3)} fill={colour} />
    </svg>
  );

/** The colour of a series beside its name. */
export const Swatch = ({ colour }: { readonly colour: string }) => (
  <svg width="10" height="10" aria-hidden="true">
    <rect width="10" height="10" rx="2" fill={colour} />
  </svg>
);

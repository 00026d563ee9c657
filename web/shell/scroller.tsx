import type { ComponentChildren } from 'preact';

export interface ScrollerProps {
  /** A name for those who do not see the page. */
  readonly label: string;
  /** `short` for a table that scrolls within a part of the page. */
  readonly kind?: 'scroller' | 'scroller short' | 'sideways';
  readonly children: ComponentChildren;
}

/** A region that may scroll. The keyboard reaches it, also where it contains nothing else that can have the focus. */
export const Scroller = ({ label, kind = 'scroller', children }: ScrollerProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys scroll it.
  <section class={kind} tabIndex={0} aria-label={label}>
    {children}
  </section>
);

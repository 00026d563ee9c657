import type { ComponentChildren } from 'preact';

/** Shown by a page instead of data: why there is none, and what to do. */
export function State({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <section class="state" aria-live="polite">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

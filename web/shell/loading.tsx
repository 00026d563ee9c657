/** The contents of a page before its first answer, shown if that takes longer than a moment. */
export const Loading = ({ what }: { readonly what: string }) => (
  <section class="state loading" aria-busy="true">
    <p role="status">Loading {what} …</p>
  </section>
);

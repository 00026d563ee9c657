/** What a page shows until its first answer has arrived, if that takes longer than a moment. */
export const Loading = ({ what }: { readonly what: string }) => (
  <section class="state loading" aria-busy="true">
    <p role="status">Reading {what} …</p>
  </section>
);

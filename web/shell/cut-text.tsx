/** Characters at the end that stay: ids that belong together differ there. */
const TAIL = 7;
const SHORT = 14;

/** An id that is cut in its middle where it does not fit. Its container states the whole id. */
export function CutText({ text }: { readonly text: string }) {
  if (text.length <= SHORT) return <>{text}</>;
  return (
    <span class="cut">
      <span>{text.slice(0, -TAIL)}</span>
      <span>{text.slice(-TAIL)}</span>
    </span>
  );
}

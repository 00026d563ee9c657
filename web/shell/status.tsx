import type { Status } from '../../src/events/merge.ts';

const SYMBOLS: Readonly<Record<Status, string>> = {
  queued: '○',
  running: '◐',
  completed: '●',
  failed: '✕',
  cancelled: '–',
  skipped: '◇',
};

/** A status as a symbol, a word and a colour, so that none of the three is needed to read it. */
export function StatusMark({ status }: { readonly status: Status }) {
  return (
    <span class="status" data-status={status}>
      <span aria-hidden="true">{SYMBOLS[status]} </span>
      {status}
    </span>
  );
}

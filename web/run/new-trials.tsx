import { counted } from '../format/counted.ts';

export interface NewTrialsProps {
  readonly count: number;
  /** Each has a place in the order of the table. */
  readonly isPlain: boolean;
  readonly onShow: () => void;
}

/** Trials that have started while the table is scrolled down or has another order: they do not move the rows on screen. */
export function NewTrials({ count, isPlain, onShow }: NewTrialsProps) {
  if (count === 0) return null;
  const trials = counted(count, 'new trial');
  return (
    <p role="status">
      <button type="button" onClick={onShow}>
        {isPlain ? `${trials} ↑` : `${trials} since this list was loaded: reload it`}
      </button>
    </p>
  );
}

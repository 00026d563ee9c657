import { formatInteger } from '../format/number.ts';

export interface NewTrialsProps {
  readonly count: number;
  /** Each has a place in the order of the table. */
  readonly isPlain: boolean;
  readonly onShow: () => void;
}

/** Trials that have started while one reads further down, or in another order: they do not move what one reads. */
export function NewTrials({ count, isPlain, onShow }: NewTrialsProps) {
  if (count === 0) return null;
  const trials = `${formatInteger(count)} new ${count === 1 ? 'trial' : 'trials'}`;
  return (
    <p role="status">
      <button type="button" onClick={onShow}>
        {isPlain ? `${trials} ↑` : `${trials} since this list was read: read it again`}
      </button>
    </p>
  );
}

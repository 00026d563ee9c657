import { useSignal } from '@preact/signals';
import { foldText } from '../data/fold-text.ts';
import { formatInteger } from '../format/number.ts';

export interface LongTextProps {
  readonly text: string;
  /** Its name for screen readers, such as "the error". */
  readonly what: string;
}

/** A text of any length: a bounded part of a long one, with buttons that show all of it and copy it. */
export function LongText({ text, what }: LongTextProps) {
  const isOpen = useSignal(false);
  const copied = useSignal('');
  const { shown, isFolded } = foldText(text);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      copied.value = 'copied';
    } catch {
      copied.value = 'this browser does not allow copying';
    }
  }

  return (
    <div class="long-text">
      <pre>{isOpen.value ? text : shown}</pre>
      {isFolded && (
        <p class="row">
          <button
            type="button"
            aria-expanded={isOpen.value}
            onClick={() => {
              isOpen.value = !isOpen.value;
            }}
          >
            {isOpen.value ? `Show less of ${what}` : `Show all ${formatInteger(text.length)} characters of ${what}`}
          </button>
          <button type="button" onClick={copy}>
            Copy {what}
          </button>
          <span class="muted" role="status">
            {copied.value}
          </span>
        </p>
      )}
    </div>
  );
}

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { newIdempotencyKey } from './idempotency-key.ts';

export interface ActionDialogProps {
  readonly title: string;
  /** The verb on the button, such as "Cancel the run". */
  readonly verb: string;
  readonly children: ComponentChildren;
  /** Acts; the key makes a second click the same action. An error stays in the dialog. */
  readonly act: (idempotencyKey: string) => Promise<void>;
  readonly onClose: () => void;
}

/** A dialog that states what an action does before it is done. */
export function ActionDialog({ title, verb, children, act, onClose }: ActionDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const key = useRef(newIdempotencyKey());
  const failure = useSignal('');
  const busy = useSignal(false);

  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    busy.value = true;
    failure.value = '';
    try {
      await act(key.current);
      dialog.current?.close();
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="action-title">
      <form onSubmit={submit} class="action">
        <h2 id="action-title">{title}</h2>
        {children}
        {failure.value !== '' && (
          <p class="notice error" role="alert">
            {failure.value}
          </p>
        )}
        <div class="row">
          <button type="submit" class="primary" disabled={busy.value}>
            {busy.value ? 'Sending' : verb}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </div>
      </form>
    </dialog>
  );
}

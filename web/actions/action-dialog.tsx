import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { errorText } from '../api/error-text.ts';
import { ApiError } from '../api/request.ts';
import { askAgain } from '../shell/session.ts';
import { ActionKeys } from './idempotency-key.ts';

export interface ActionDialogProps {
  readonly title: string;
  /** The verb on the button, such as "Cancel the run". */
  readonly verb: string;
  readonly children: ComponentChildren;
  /** False while a field has a fault, which the field shows. */
  readonly isSound?: boolean;
  /** The content of the action: with another one it is another action. */
  readonly subject?: unknown;
  /** Acts; the key makes a second click the same action. An error stays in the dialog. */
  readonly act: (idempotencyKey: string) => Promise<void>;
  readonly onClose: () => void;
}

const lacksCommand = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'forbidden' && error.message.includes('the scope command');

const COMMAND_ENDED =
  'Actions require the scope command, which expires an hour after sign-in. Sign in again with it; what you typed is kept.';

/** A dialog that states what an action does before it is done. */
export function ActionDialog({ title, verb, children, isSound = true, subject, act, onClose }: ActionDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const keys = useRef(new ActionKeys());
  const failure = useSignal('');
  const busy = useSignal(false);

  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (!isSound || busy.value) return;
    busy.value = true;
    failure.value = '';
    try {
      await act(keys.current.of(subject));
      dialog.current?.close();
    } catch (error) {
      if (lacksCommand(error)) return askAgain(COMMAND_ENDED);
      failure.value = errorText(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="action-title">
      <form onSubmit={submit} class="action" noValidate>
        <h2 id="action-title">{title}</h2>
        {children}
        {failure.value !== '' && (
          <p class="notice error" role="alert">
            {failure.value}
          </p>
        )}
        <div class="row">
          <button type="submit" class="primary" disabled={busy.value || !isSound}>
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

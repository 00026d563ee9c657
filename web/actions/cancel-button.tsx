import { useSignal } from '@preact/signals';
import type { OpenCommands } from '../../src/store/queries/open-commands.ts';
import { runApi, trialApi } from '../api/paths.ts';
import { requestJson } from '../api/request.ts';
import { ActionDialog } from './action-dialog.tsx';
import { afterCancel, type CancelSubject, effectOfCancel, whyNotCancel } from './cancel-state.ts';

export interface CancelButtonProps {
  readonly run: string;
  /** Cancels this trial only. */
  readonly trial?: string;
  /** Trials that have not ended. */
  readonly open: number;
  readonly commands: OpenCommands;
}

/** Cancels a run or a trial after a confirmation. The bridge ends it; the page shows its end when the event arrives. */
export function CancelButton({ run, trial, open, commands }: CancelButtonProps) {
  const isOpen = useSignal(false);
  const sent = useSignal(false);
  const subject: CancelSubject = { what: trial === undefined ? 'run' : 'trial', open, commands };
  const { what } = subject;
  const path = trial === undefined ? runApi(run) : trialApi(run, trial);
  const hindrance = whyNotCancel(subject);

  async function act(key: string): Promise<void> {
    await requestJson(`${path}/cancel`, {
      method: 'POST',
      headers: { 'idempotency-key': key },
    });
    sent.value = true;
  }

  const note = hindrance ?? (sent.value ? afterCancel(subject) : undefined);
  return (
    <>
      <button
        type="button"
        disabled={sent.value || hindrance !== undefined}
        aria-describedby={note === undefined ? undefined : 'cancel-note'}
        onClick={() => {
          isOpen.value = true;
        }}
      >
        {sent.value && hindrance === undefined ? 'Cancelling' : `Cancel the ${what}`}
      </button>
      {note !== undefined && (
        <span class="muted" id="cancel-note" role="status">
          {note}
        </span>
      )}
      {isOpen.value && (
        <ActionDialog
          title={`Cancel the ${what} ${trial ?? run}?`}
          verb={`Cancel the ${what}`}
          act={act}
          onClose={() => {
            isOpen.value = false;
          }}
        >
          <p>{effectOfCancel(subject)} Metrics and parameters stay.</p>
        </ActionDialog>
      )}
    </>
  );
}

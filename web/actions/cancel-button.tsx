import { useSignal } from '@preact/signals';
import { runApi, trialApi } from '../api/paths.ts';
import { requestJson } from '../api/request.ts';
import { ActionDialog } from './action-dialog.tsx';

export interface CancelButtonProps {
  readonly run: string;
  /** Cancels this trial only. */
  readonly trial?: string;
  /** Trials of the run that have not ended. */
  readonly open?: number;
}

/** Cancels a run or a trial after one has confirmed it. The bridge ends it; the page shows its end when it arrives. */
export function CancelButton({ run, trial, open }: CancelButtonProps) {
  const isOpen = useSignal(false);
  const sent = useSignal(false);
  const what = trial === undefined ? 'run' : 'trial';
  const path = trial === undefined ? runApi(run) : trialApi(run, trial);

  async function act(key: string): Promise<void> {
    await requestJson(`${path}/cancel`, {
      method: 'POST',
      headers: { 'idempotency-key': key },
    });
    sent.value = true;
  }

  return (
    <>
      <button
        type="button"
        disabled={sent.value}
        onClick={() => {
          isOpen.value = true;
        }}
      >
        {sent.value ? 'Cancelling' : `Cancel the ${what}`}
      </button>
      {isOpen.value && (
        <ActionDialog
          title={`Cancel the ${what} ${trial ?? run}?`}
          verb={`Cancel the ${what}`}
          act={act}
          onClose={() => {
            isOpen.value = false;
          }}
        >
          <p>
            {trial === undefined
              ? `${open ?? 0} trials have not ended. Those that wait are not started, and those that run are stopped.`
              : 'If it waits, it is not started; if it runs, it is stopped.'}{' '}
            Its metrics and parameters stay.
          </p>
        </ActionDialog>
      )}
    </>
  );
}

import { useSignal } from '@preact/signals';
import type { RunList } from '../../src/queries/shapes.ts';
import { requestJson } from '../api/request.ts';
import { runPath } from '../shell/address.ts';
import { go } from '../shell/location.ts';
import { ActionDialog } from './action-dialog.tsx';

const EXAMPLE = `{
  "learning_rate": {"type": "float", "low": 0.0001, "high": 0.1, "log": true},
  "n_layers": {"type": "int", "low": 1, "high": 6}
}`;

interface Started {
  readonly model_run_id: string;
}

/** Starts a study on the bridges of this installation. */
export function StartStudy() {
  const isOpen = useSignal(false);
  const name = useSignal('');
  const trials = useSignal(20);
  const parallelism = useSignal(4);
  const spectralNorm = useSignal('both');
  const space = useSignal(EXAMPLE);

  async function act(key: string): Promise<void> {
    let searchSpace: unknown;
    try {
      searchSpace = JSON.parse(space.value);
    } catch (error) {
      throw new Error(`The search space is not JSON: ${(error as Error).message}`);
    }
    const body = {
      ...(name.value.trim() !== '' && { model_run_id: name.value.trim() }),
      n_trials: trials.value,
      parallelism: parallelism.value,
      search_space: searchSpace,
      spectral_norm: spectralNorm.value === 'both' ? 'both' : spectralNorm.value === 'true',
    };
    const { model_run_id } = await requestJson<Started>('/api/runs', {
      method: 'POST',
      body,
      headers: { 'idempotency-key': key },
    });
    await untilListed(model_run_id);
    go(runPath(model_run_id));
  }

  return (
    <>
      <button
        type="button"
        onClick={() => {
          isOpen.value = true;
        }}
      >
        Start a study
      </button>
      {isOpen.value && (
        <ActionDialog
          title="Start a study"
          verb={`Start ${trials.value} trials`}
          act={act}
          onClose={() => {
            isOpen.value = false;
          }}
        >
          <label class="field">
            Run id, empty for a new one
            <input
              value={name.value}
              maxLength={255}
              onInput={({ currentTarget }) => {
                name.value = currentTarget.value;
              }}
            />
          </label>
          <div class="row">
            <NumberField label="Trials" of={trials} most={10_000} />
            <NumberField label="At the same time" of={parallelism} most={1_000} />
            <label class="field">
              Spectral norm
              <select
                value={spectralNorm.value}
                onChange={({ currentTarget }) => {
                  spectralNorm.value = currentTarget.value;
                }}
              >
                <option value="both">with and without</option>
                <option value="true">with</option>
                <option value="false">without</option>
              </select>
            </label>
          </div>
          <label class="field">
            Search space (Optuna distributions)
            <textarea
              class="mono"
              rows={8}
              spellcheck={false}
              value={space.value}
              onInput={({ currentTarget }) => {
                space.value = currentTarget.value;
              }}
            />
          </label>
        </ActionDialog>
      )}
    </>
  );
}

const LOOKS = 20;
const BETWEEN_LOOKS_MS = 250;

/** Resolves when the tables have a run that was just started, or after a few seconds: its page waits for it then. */
async function untilListed(run: string): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    const { runs } = await requestJson<RunList>(`/api/runs?q=${encodeURIComponent(run)}`);
    if (runs.some(({ model_run_id }) => model_run_id === run)) return;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
  }
}

interface NumberFieldProps {
  readonly label: string;
  readonly of: { value: number };
  readonly most: number;
}

function NumberField({ label, of, most }: NumberFieldProps) {
  return (
    <label class="field">
      {label}
      <input
        type="number"
        min={1}
        max={most}
        required
        value={of.value}
        onInput={({ currentTarget }) => {
          of.value = Number(currentTarget.value);
        }}
      />
    </label>
  );
}

import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { requestJson, signedOut } from '../api/request.ts';
import { runPath } from '../shell/address.ts';
import { draft } from '../shell/draft.ts';
import { go } from '../shell/location.ts';
import { ActionDialog } from './action-dialog.tsx';
import { MOST_PARALLEL, MOST_TRIALS, type StudyFields, startText, studyBody, studyFaults } from './study-form.ts';
import { untilListed } from './until-listed.ts';

const AT_FIRST: StudyFields = {
  run: '',
  trials: '20',
  parallelism: '4',
  spectralNorm: 'both',
  space: `{
  "learning_rate": {"type": "float", "low": 0.0001, "high": 0.1, "log": true},
  "n_layers": {"type": "int", "low": 1, "high": 6}
}`,
};

interface Started {
  readonly model_run_id: string;
}

const isOpen = draft(false);
const fields = draft(AT_FIRST);

/** Starts a study on the bridges of this installation. */
export function StartStudy() {
  const faults = studyFaults(fields.value);
  useEffect(
    () => () => {
      // After a sign-in the form is there again; after another page it is not.
      if (!signedOut.peek()) isOpen.value = false;
    },
    [],
  );
  const set = (name: keyof StudyFields) => (text: string) => {
    fields.value = { ...fields.value, [name]: text };
  };

  async function act(key: string): Promise<void> {
    const { model_run_id } = await requestJson<Started>('/api/runs', {
      method: 'POST',
      body: studyBody(fields.value),
      headers: { 'idempotency-key': key },
    });
    await untilListed(model_run_id, requestJson);
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
          verb={startText(fields.value)}
          isSound={Object.keys(faults).length === 0}
          subject={fields.value}
          act={act}
          onClose={() => {
            isOpen.value = false;
          }}
        >
          <Field
            id="study-run"
            label="Run id (leave empty for a new one)"
            fault={faults.run}
            value={fields.value.run}
            onText={set('run')}
          />
          <div class="row">
            <Field
              id="study-trials"
              label="Trials"
              most={MOST_TRIALS}
              fault={faults.trials}
              value={fields.value.trials}
              onText={set('trials')}
            />
            <Field
              id="study-parallelism"
              label="Parallel trials"
              most={MOST_PARALLEL}
              fault={faults.parallelism}
              value={fields.value.parallelism}
              onText={set('parallelism')}
            />
            <label class="field">
              Spectral norm
              <select
                value={fields.value.spectralNorm}
                onChange={({ currentTarget }) => set('spectralNorm')(currentTarget.value)}
              >
                <option value="both">with and without</option>
                <option value="true">with</option>
                <option value="false">without</option>
              </select>
            </label>
          </div>
          <Labelled id="study-space" label="Search space (Optuna distributions)" fault={faults.space}>
            <textarea
              class="mono"
              rows={8}
              spellcheck={false}
              {...faultOf('study-space', faults.space)}
              value={fields.value.space}
              onInput={({ currentTarget }) => set('space')(currentTarget.value)}
            />
          </Labelled>
        </ActionDialog>
      )}
    </>
  );
}

interface LabelledProps {
  /** Of the control. */
  readonly id: string;
  readonly label: string;
  readonly fault: string | undefined;
  readonly children: ComponentChildren;
}

/** A field with its label, and below it what to change. */
const Labelled = ({ id, label, fault, children }: LabelledProps) => (
  <div class="field">
    <label for={id}>{label}</label>
    {children}
    {fault !== undefined && (
      <span class="fault" id={`${id}-fault`} role="alert">
        {fault}
      </span>
    )}
  </div>
);

/** The attributes of a control that link it to its fault. */
const faultOf = (id: string, fault: string | undefined) => ({
  id,
  'aria-invalid': fault !== undefined,
  'aria-describedby': fault === undefined ? undefined : `${id}-fault`,
});

interface FieldProps extends Omit<LabelledProps, 'children'> {
  readonly value: string;
  readonly onText: (text: string) => void;
  /** The greatest number; absent for a text. */
  readonly most?: number;
}

function Field({ id, label, fault, value, onText, most }: FieldProps) {
  const about = {
    ...faultOf(id, fault),
    value,
    onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) => onText(currentTarget.value),
  };
  return (
    <Labelled id={id} label={label} fault={fault}>
      {most === undefined ? <input {...about} /> : <input type="number" min={1} max={most} {...about} />}
    </Labelled>
  );
}

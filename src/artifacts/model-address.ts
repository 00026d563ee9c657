import { type ObjectAddress, readAddress } from './object-address.ts';

const TRIAL_ID = '{trial_id}';
const RUN_ID = '{model_run_id}';

/** The address at which workers of Cerebros save the model of a trial by themselves. */
export const CEREBROS_MODEL_URI = 's3://thunderblock/models/{trial_id}/model.pth';

/** The value of ARTIFACT_MODEL_URI that searches nothing. */
const NO_SEARCH = 'none';

/** A trial, as records name it. */
export interface TrialIds {
  readonly model_run_id: string;
  readonly trial_id: string;
}

/**
 * The template of the addresses at which models are searched; undefined if none is.
 *
 * @param setting ARTIFACT_MODEL_URI.
 * @param isAws whether the object store is that of AWS, where the bucket of the default may be anyone's.
 */
export function modelTemplate(setting: string | undefined, isAws: boolean): string | undefined {
  if (setting === NO_SEARCH) return undefined;
  return setting ?? (isAws ? undefined : CEREBROS_MODEL_URI);
}

/** Reads an address with `{trial_id}`, and perhaps `{model_run_id}`, in its key, or `none`. Throws an Error that states what is expected. */
export function modelUri(value: string): string {
  if (value === NO_SEARCH) return value;
  const address = readAddress(value.replaceAll(TRIAL_ID, 'x').replaceAll(RUN_ID, 'x'));
  if (typeof address === 'string') throw new Error(`expected an address such as ${CEREBROS_MODEL_URI}: ${address}`);
  if (value.split('/').slice(3).join('/').includes(TRIAL_ID)) return value;
  throw new Error(`expected ${TRIAL_ID} in the key, as in ${CEREBROS_MODEL_URI}`);
}

/**
 * The place where the model of a trial would be; undefined if an id of the trial would name another place, because it has
 * slashes or dots that a server might resolve.
 */
export function modelAddress(template: string, { model_run_id, trial_id }: TrialIds): ObjectAddress | undefined {
  if (trial_id.includes('/') || (template.includes(RUN_ID) && model_run_id.includes('/'))) return undefined;
  const address = readAddress(template.replaceAll(TRIAL_ID, () => trial_id).replaceAll(RUN_ID, () => model_run_id));
  return typeof address === 'string' ? undefined : address;
}

import { uuidV5 } from '../../events/ids.ts';
import type { ArtifactCopy } from '../../store/tables/artifact-copies.ts';
import type { ObjectAddress } from '../object-address.ts';

/** The places of a copy below the folder of its MLflow run. */
export interface CopyPaths {
  /** A UUID. Copies that replace one another, the uploads of one name, share it, and no others do. */
  readonly mark: string;
  /** In the order of preference. Each follows from the artifact alone, so the order of copies does not matter. */
  readonly paths: readonly string[];
}

/** The folder of copies that cannot have their first place. */
const OWN_FOLDER = 'thunderline';
const DIGITS = 12;

/**
 * MLflow reads a path as a URL, which is decoded and normalised. One file with a path that does not come out as it went in makes
 * its client refuse the list of the whole run.
 */
const REFUSED = /[#%?;:]|(?<=^|\/) +| +(?=$|\/)/g;

/**
 * An upload has its name. Any other artifact has its address without `s3://`, because files of one name at different
 * addresses are different files. The second place, named by the mark, is used when an object from another writer
 * occupies the first.
 */
export function copyPaths(
  { artifact_id, model_run_id, trial_id, name }: ArtifactCopy,
  { bucket, key }: ObjectAddress,
): CopyPaths {
  const mark = name === null ? artifact_id : uuidV5(JSON.stringify(['artifact_copies', model_run_id, trial_id, name]));
  const file = name ?? key.split('/').findLast((part) => part !== '') ?? '';
  const own = `${OWN_FOLDER}/${mark.replaceAll('-', '').slice(0, DIGITS)}/${file.replaceAll(REFUSED, '_')}`;
  const first = name ?? `${bucket}/${key}`;
  // A part without a name would be a folder without one.
  const isPossible = !first.split('/').includes('') && first.search(REFUSED) < 0;
  return { mark, paths: isPossible ? [first, own] : [own] };
}

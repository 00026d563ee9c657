import { type ObjectAddress, readAddress } from '../object-address.ts';

/**
 * The folder of a run's artifacts in the object store, from the address that MLflow gives it: `mlflow-artifacts:/<path>` is
 * below the destination of the server that serves it, `s3://bucket/path` is the place itself. Returns the reason in words if
 * it is neither.
 *
 * @param destination the setting MLFLOW_ARTIFACTS_DESTINATION, without a slash at its end.
 */
export function runFolder(artifactUri: string, destination: string | undefined): ObjectAddress | string {
  const path = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/.exec(artifactUri)?.[1];
  if (path === undefined) return readAddress(artifactUri);
  if (destination === undefined)
    return 'MLflow serves the artifacts of the run itself: set MLFLOW_ARTIFACTS_DESTINATION';
  return readAddress(`${destination}/${path}`);
}

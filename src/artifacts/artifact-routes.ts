import type { Route } from '../http/route.ts';
import { createListArtifacts, type ListArtifactsParts } from './list-artifacts.ts';
import { createOpenArtifact } from './open-artifact.ts';
import { LIST_OPERATION, OPEN_OPERATION, putOperation } from './operations.ts';
import { createPutArtifact, type PutArtifactParts } from './put-artifact.ts';

const TRIAL = '/api/runs/{run}/trials/{trial}/artifacts';

/** The routes about the artifacts of a trial. */
export function artifactRoutes(parts: ListArtifactsParts & PutArtifactParts): readonly Route[] {
  return [
    {
      name: 'listArtifacts',
      method: 'GET',
      path: TRIAL,
      scope: 'read',
      operation: LIST_OPERATION,
      handle: createListArtifacts(parts),
    },
    {
      name: 'openArtifact',
      method: 'GET',
      path: `${TRIAL}/{name}`,
      scope: 'read',
      operation: OPEN_OPERATION,
      handle: createOpenArtifact(parts),
    },
    {
      name: 'putArtifact',
      method: 'PUT',
      path: `${TRIAL}/{name}`,
      scope: 'ingest',
      bodyTime: 'handler',
      operation: putOperation(parts.limits.maxBytes),
      handle: createPutArtifact(parts),
    },
  ];
}

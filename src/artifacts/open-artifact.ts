import { artifactNameFault } from '../events/artifact-name.ts';
import { Problem } from '../http/problem.ts';
import type { Call, Reply } from '../http/route.ts';
import type { ArtifactQueries } from '../store/queries/trial-artifacts.ts';
import { type LinkSettings, linkVerdict } from './link-verdict.ts';
import type { SignLink } from './sign-links.ts';
import { trialOf } from './trial-of.ts';
import { problemOfStore } from './upload-failure.ts';

export interface OpenArtifactParts {
  readonly links: LinkSettings;
  readonly sign: SignLink;
  readonly queries: Pick<ArtifactQueries, 'upload'>;
}

/** `GET /api/runs/{run}/trials/{trial}/artifacts/{name}`: redirects to the link of an upload. */
export function createOpenArtifact({ links, sign, queries }: OpenArtifactParts): (call: Call) => Promise<Reply> {
  return async function openArtifact({ access, parameters }) {
    const of = trialOf(parameters);
    const { name = '' } = parameters;
    const fault = artifactNameFault(name);
    if (fault !== undefined) throw new Problem('malformed_request', `the name of the artifact ${fault}`);
    const upload = await queries.upload(of, name);
    if (upload === undefined) throw new Problem('not_found', 'nothing was uploaded for this trial under this name');
    const object = linkVerdict(upload.uri, of, access.runPrefix !== '', links);
    if (typeof object === 'string') throw new Problem('not_found', `there is no link: ${object}`);
    const { url } = await sign(object, name).catch((error) => Promise.reject(problemOfStore(error)));
    return { status: 302, type: 'text/plain', body: '', headers: { location: url } };
  };
}

import type { ArtifactDescription } from '../../src/artifacts/describe-artifact.ts';
import { requestJson } from '../api/request.ts';
import { useLoad } from '../data/load.ts';

interface ArtifactList {
  readonly artifacts: readonly Pick<ArtifactDescription, 'name' | 'type' | 'uri' | 'link' | 'no_link_because'>[];
}

/** The artifacts of a trial with short-lived links. */
export function Artifacts({ path }: { readonly path: string }) {
  const { state } = useLoad((signal) => requestJson<ArtifactList>(path, { signal }), [path]);
  const { data, error } = state.value;
  return (
    <section aria-labelledby="artifacts-title">
      <h2 id="artifacts-title">Artifacts</h2>
      {error !== undefined && <p class="muted">The artifacts cannot be read: {String((error as Error).message)}</p>}
      {data !== undefined && data.artifacts.length === 0 && <p class="muted">The trial has stored no artifact.</p>}
      <ul>
        {data?.artifacts.map(({ name, type, uri, link, no_link_because }) => (
          <li key={uri}>
            {link?.startsWith('http') ? (
              <a href={link} download rel="noopener noreferrer">
                {name}
              </a>
            ) : (
              <span class="mono" title={no_link_because ?? undefined}>
                {name}
              </span>
            )}{' '}
            <span class="muted">{type}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

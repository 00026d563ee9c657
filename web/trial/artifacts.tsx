import type { ArtifactDescription } from '../../src/artifacts/describe-artifact.ts';
import type { Attempt } from '../data/attempt.ts';

/** `GET /api/runs/{run}/trials/{trial}/artifacts` */
export interface ArtifactList {
  readonly artifacts: readonly Pick<ArtifactDescription, 'name' | 'type' | 'uri' | 'link' | 'no_link_because'>[];
}

/** The artifacts of a trial with short-lived links. */
export function Artifacts({ data, error }: Attempt<ArtifactList>) {
  return (
    <section aria-labelledby="artifacts-title">
      <h2 id="artifacts-title">Artifacts</h2>
      {error !== undefined && <p class="muted">The artifacts cannot be read: {error.message}</p>}
      {data !== undefined && data.artifacts.length === 0 && <p class="muted">The trial has no artifacts.</p>}
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

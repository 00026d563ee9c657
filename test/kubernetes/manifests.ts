import { join } from 'node:path';
import { ROOT } from '../runner/jest.ts';
import type { Cluster } from './cluster.ts';

/** A resource as the API server returns it. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  // biome-ignore lint/suspicious/noExplicitAny: the shape depends on the kind.
  readonly spec: any;
}

/** The kustomizations of deploy/kubernetes/. */
export const KUSTOMIZATIONS = [
  'roles',
  'migration',
  'console',
  'example/roles',
  'example/migration',
  'example/console',
] as const;
export type Kustomization = (typeof KUSTOMIZATIONS)[number];

/** The text of a kustomization as `kubectl apply -k` sends it. */
export async function rendered({ kubectl }: Cluster, name: Kustomization): Promise<string> {
  const { code, out, err } = await kubectl(['kustomize', join(ROOT, 'deploy/kubernetes', name)]);
  if (code !== 0) throw new Error(err);
  return out;
}

/** Gives manifests to the API server, which checks everything and stores nothing; unknown fields are errors. */
export const check = ({ kubectl }: Cluster, manifests: string) =>
  kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-o', 'json', '-f', '-'], manifests);

/** The resources of a kustomization with the defaults of the API server. */
export async function resourcesOf(cluster: Cluster, name: Kustomization): Promise<readonly Resource[]> {
  const { code, out, err } = await check(cluster, await rendered(cluster, name));
  if (code !== 0) throw new Error(err);
  const answer = JSON.parse(out) as Resource & { readonly items?: readonly Resource[] };
  return answer.items ?? [answer];
}

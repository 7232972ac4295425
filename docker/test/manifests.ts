/** Reads the Kubernetes manifests: objects by kind, and the environment that a container gets from them. */
import { filesIn, readDocuments } from './repository.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind; their shape is checked against Kubernetes' schemas.
export type Manifest = { file: string; kind: string; apiVersion: string; metadata: { name: string } } & any;

export const KUBERNETES = 'docker/kubernetes';

export function readManifests(): readonly Manifest[] {
  return filesIn(KUBERNETES, '.yaml').flatMap((file) =>
    (readDocuments(file) as Manifest[])
      .filter(({ kind }) => kind !== 'Kustomization')
      .map((document) => ({ ...document, file })),
  );
}

export const ofKind = (manifests: readonly Manifest[], ...kinds: string[]): readonly Manifest[] =>
  manifests.filter(({ kind }) => kinds.includes(kind));

export function named(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

/** What runs processes of ours. */
export const workloads = (manifests: readonly Manifest[]): readonly Manifest[] =>
  ofKind(manifests, 'Deployment', 'StatefulSet', 'Job');

/** @throws Error for a ConfigMap or secret that is nowhere declared. */
export function environmentOfContainer(
  manifests: readonly Manifest[],
  container: Manifest,
): Record<string, string> {
  const sources = ((container.envFrom ?? []) as Manifest[]).map((source) =>
    source.configMapRef === undefined
      ? named(manifests, 'Secret', source.secretRef.name).stringData
      : named(manifests, 'ConfigMap', source.configMapRef.name).data,
  );
  const own = ((container.env ?? []) as Manifest[]).map(({ name, value, valueFrom }) => {
    const from = valueFrom?.configMapKeyRef;
    return [name, from === undefined ? value : named(manifests, 'ConfigMap', from.name).data[from.key]];
  });
  return Object.assign({}, ...sources, Object.fromEntries(own));
}

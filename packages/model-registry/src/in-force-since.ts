/** Since when a version is what answers everywhere: for whoever makes again what was served, and must not hold one version against another. */
import type { ModelRegistry, VersionManifest } from './model-registry.ts';

/** Until every process has heard of a move, and has loaded what it names. */
const FOLLOWED_WITHIN_MS = 5_000;

/** @returns epoch milliseconds; undefined where the registry was never asked about it */
export async function inForceSince(
  registry: Pick<ModelRegistry<VersionManifest>, 'current'>,
  version: string,
): Promise<number | undefined> {
  const since = (await registry.current()).state.versions[version]?.since;
  return since === undefined ? undefined : Date.parse(since) + FOLLOWED_WITHIN_MS;
}

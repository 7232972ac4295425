/** Since when a version is what answers everywhere: for whoever makes again what was served, and must not hold one version against another. */
import type { ModelRegistry, VersionManifest } from './model-registry.ts';
import type { RegistryState } from './stages/registry-state.ts';

/** Until every process has heard of a move, and has loaded what it names. */
const FOLLOWED_WITHIN_MS = 5_000;

/** @returns epoch milliseconds; undefined where nothing else has ever answered, as far as the registry knows */
export async function inForceSince(
  registry: Pick<ModelRegistry<VersionManifest>, 'current'>,
  version: string,
): Promise<number | undefined> {
  const { state } = await registry.current();
  const since = state.versions[version]?.since;
  if (since === undefined || isTheFirst(version, state)) return undefined;
  return Date.parse(since) + FOLLOWED_WITHIN_MS;
}

/** Taken over from before the registry was asked: it answered then, too. */
function isTheFirst(version: string, { versions, formerProductions }: RegistryState): boolean {
  const others = Object.entries(versions).filter(([name]) => name !== version);
  const neverServed = others.every(([, { stage }]) => stage === 'candidate' || stage === 'shadow');
  return versions[version]?.stage === 'production' && formerProductions.length === 0 && neverServed;
}

/** Tells every process of an installation what the registry says. */
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { RANKING_MODEL_KEY } from '@marquee/model-runtime';
import { MarqueeError } from '@marquee/service-kit';
import type { ModelRegistry } from './model-registry.ts';
import { productionOf, type RegistryState } from './stages/registry-state.ts';

const MAX_ATTEMPTS = 10;

/**
 * The registry is read after the broadcast, and the broadcast written only as it was read: of several who publish at once, the last
 * to succeed has read the last move. Can be repeated, which is how one that was interrupted is finished.
 * @returns the version; undefined where nothing is in production.
 * @throws MarqueeError CONFLICT when others keep publishing; DEPENDENCY_UNAVAILABLE
 */
export async function publishProduction(
  registry: Pick<ModelRegistry, 'current'>,
  broadcast: Pick<ConfigurationBroadcast, 'get' | 'put'>,
  key: string = RANKING_MODEL_KEY,
): Promise<string | undefined> {
  return publishDerived(registry, broadcast, key, productionOf);
}

/** @param derive what the state says; undefined where there is nothing to tell */
export async function publishDerived(
  registry: Pick<ModelRegistry, 'current'>,
  broadcast: Pick<ConfigurationBroadcast, 'get' | 'put'>,
  key: string,
  derive: (state: RegistryState) => string | undefined,
): Promise<string | undefined> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const told = await broadcast.get(key);
    const value = derive((await registry.current()).state);
    if (value === undefined || told?.value === value) return value;
    try {
      await broadcast.put(key, value, told?.revision ?? 0);
      return value;
    } catch (error) {
      if (!(error instanceof MarqueeError && error.code === 'CONFLICT')) throw error;
    }
  }
  throw new MarqueeError('CONFLICT', `${key} was written by others ${MAX_ATTEMPTS} times in a row`);
}

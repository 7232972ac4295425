/** Tells every process of an installation what the registry says. */
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { RANKING_MODEL_KEY } from '@marquee/model-runtime';
import { MarqueeError } from '@marquee/service-kit';
import type { ModelRegistry } from './model-registry.ts';
import { productionOf } from './stages/registry-state.ts';

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
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const told = await broadcast.get(key);
    const production = productionOf((await registry.current()).state);
    if (production === undefined || told?.value === production) return production;
    try {
      await broadcast.put(key, production, told?.revision ?? 0);
      return production;
    } catch (error) {
      if (!(error instanceof MarqueeError && error.code === 'CONFLICT')) throw error;
    }
  }
  throw new MarqueeError('CONFLICT', `${key} was written by others ${MAX_ATTEMPTS} times in a row`);
}

/** Tells every process of an installation what is tried out, as `publishProduction` tells what serves. */
import type { ConfigurationBroadcast } from '@marquee/coordination';
import type { ModelRegistry } from './model-registry.ts';
import { publishDerived } from './publish-production.ts';
import { TRIALS_KEY, trialsOf } from './trials/trials.ts';

/** @throws MarqueeError CONFLICT when others keep publishing; DEPENDENCY_UNAVAILABLE */
export async function publishTrials(
  registry: Pick<ModelRegistry, 'current'>,
  broadcast: Pick<ConfigurationBroadcast, 'get' | 'put'>,
): Promise<void> {
  await publishDerived(registry, broadcast, TRIALS_KEY, (state) => JSON.stringify(trialsOf(state)));
}

/** The registry of ranking models in a folder that holds other models, too. */
import type { Clock } from '@marquee/domain';
import { type ModelRegistry, rankerRegistry } from '@marquee/model-registry';

export function rankingRegistry(modelsFolder: string, clock: Clock): ModelRegistry {
  return rankerRegistry({ modelsFolder, clock });
}

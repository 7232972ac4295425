/** The registry of ranking models in a folder that holds other models, too. */
import type { Clock } from '@marquee/domain';
import { ModelRegistry } from '@marquee/model-registry';

/** Folders of the collaborative model, which follows the ranker's training and has no stages of its own yet. */
const COLLABORATIVE = 'collaborative-';

export function rankingRegistry(modelsFolder: string, clock: Clock): ModelRegistry {
  return new ModelRegistry({
    modelsFolder,
    isForeign: (folder) => folder.startsWith(COLLABORATIVE),
    clock,
  });
}

/** The lines of models that one folder holds, told apart by the names of their folders. */
import type { Clock } from '@marquee/domain';
import { ModelRegistry } from '../model-registry.ts';

/** What finds candidates, as the registry names the line. */
export const TWO_TOWER_LINE = 'two-tower';

/** A version of the towers goes by its user tower's folder; its title tower lies beside it. */
const USER_TOWER = /^two-tower-user-/;
/** The collaborative model follows the ranker's training, and has no stages of its own yet. */
const NO_RANKER = /^(collaborative|two-tower)-/;

export interface RegistryPlace {
  /** Holds a folder per version, of all lines. */
  readonly modelsFolder: string;
  readonly clock: Clock;
}

export function rankerRegistry({ modelsFolder, clock }: RegistryPlace): ModelRegistry {
  return new ModelRegistry({ modelsFolder, clock, isForeign: (name) => NO_RANKER.test(name) });
}

export function towerRegistry({ modelsFolder, clock }: RegistryPlace): ModelRegistry {
  return new ModelRegistry({
    ...{ modelsFolder, clock },
    line: TWO_TOWER_LINE,
    isForeign: (name) => !USER_TOWER.test(name),
  });
}

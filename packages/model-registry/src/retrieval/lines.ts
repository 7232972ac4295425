/** The lines of models that one folder holds, told apart by the names of their folders. */
import type { Clock } from '@marquee/domain';
import { readWholeCollaborative } from '@marquee/training/collaborative';
import { ModelRegistry, type VersionManifest } from '../model-registry.ts';

/** What finds candidates, as the registry names the lines. */
export const TWO_TOWER_LINE = 'two-tower';
export const COLLABORATIVE_LINE = 'collaborative';

/** A version of the towers goes by its user tower's folder; its title tower lies beside it. */
const USER_TOWER = /^two-tower-user-/;
const COLLABORATIVE = /^collaborative-/;
const NO_RANKER = /^(collaborative|two-tower)-/;

export interface RegistryPlace {
  /** Holds a folder per version, of all lines. */
  readonly modelsFolder: string;
  readonly clock: Clock;
}

/** Of a model that finds candidates, whatever it serves from. */
export type RetrievalRegistry = ModelRegistry<VersionManifest>;

export function rankerRegistry({ modelsFolder, clock }: RegistryPlace): ModelRegistry {
  return new ModelRegistry({ modelsFolder, clock, isForeign: (name) => NO_RANKER.test(name) });
}

export function towerRegistry({ modelsFolder, clock }: RegistryPlace): RetrievalRegistry {
  return new ModelRegistry<VersionManifest>({
    ...{ modelsFolder, clock },
    line: TWO_TOWER_LINE,
    isForeign: (name) => !USER_TOWER.test(name),
  });
}

export function collaborativeRegistry({ modelsFolder, clock }: RegistryPlace): RetrievalRegistry {
  return new ModelRegistry<VersionManifest>({
    ...{ modelsFolder, clock },
    line: COLLABORATIVE_LINE,
    isForeign: (name) => !COLLABORATIVE.test(name),
    read: readCollaborativeVersion,
  });
}

export const RETRIEVAL_LINES = [TWO_TOWER_LINE, COLLABORATIVE_LINE] as const;
export type RetrievalLine = (typeof RETRIEVAL_LINES)[number];

const REGISTRIES = { [TWO_TOWER_LINE]: towerRegistry, [COLLABORATIVE_LINE]: collaborativeRegistry };

export function retrievalRegistry(line: RetrievalLine, place: RegistryPlace): RetrievalRegistry {
  return REGISTRIES[line](place);
}

async function readCollaborativeVersion(folder: string): Promise<{ readonly manifest: VersionManifest }> {
  const { manifest } = await readWholeCollaborative(folder);
  const { trainingWindow, settings, input, titles, knownTitles } = manifest;
  const { from, to, watches: examples } = trainingWindow;
  return {
    manifest: {
      ...manifest,
      trainingWindow: { from, to, examples },
      parameters: { ...settings, history: input.history, titles, knownTitles },
    },
  };
}

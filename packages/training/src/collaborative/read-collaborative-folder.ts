/** Reads a version of the collaborative model and says in words why one cannot be served. */
import { webcrypto } from 'node:crypto';
import { COLLABORATIVE_HISTORY, profileStateView } from '@marquee/features';
import { incompatibleModel, readManifestAs, readVersionFile } from '@marquee/model-runtime';
import {
  type CollaborativeManifest,
  collaborativeManifestSchema,
  FACTORS_FILE,
} from './collaborative-manifest.ts';
import type { CollaborativeFactors } from './collaborative-model.ts';
import { decodeFactors } from './factors-codec.ts';

export type { CollaborativeManifest };

/** What histories this code folds in; a version made for others is refused. */
export const SERVED_INPUT = { view: profileStateView.name, history: COLLABORATIVE_HISTORY } as const;
export const SERVED_VIEWS = { [profileStateView.name]: profileStateView.version };

export interface CollaborativeVersion {
  readonly manifest: CollaborativeManifest;
  readonly factors: CollaborativeFactors;
}

/**
 * A version that is whole, whatever histories it was made for.
 * @throws MarqueeError MODEL_INCOMPATIBLE for a folder that is incomplete or damaged
 */
export async function readWholeCollaborative(
  folder: string,
): Promise<{ readonly manifest: CollaborativeManifest; readonly bytes: Uint8Array }> {
  const manifest = await readManifestAs(folder, collaborativeManifestSchema);
  const bytes = await readVersionFile(folder, FACTORS_FILE);
  // In a thread of the system's: it may be a hundred megabytes, and others are answered meanwhile.
  const checksum = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
  if (checksum === manifest.checksum) return { manifest, bytes };
  throw incompatibleModel(
    `${named(manifest)}: ${FACTORS_FILE} has checksum ${checksum}, not ${manifest.checksum}`,
  );
}

/** @throws MarqueeError MODEL_INCOMPATIBLE for a folder that is incomplete, damaged, or made for other inputs */
export async function readCollaborativeFolder(folder: string): Promise<CollaborativeVersion> {
  const { manifest, bytes } = await readWholeCollaborative(folder);
  const { view, history } = manifest.input;
  const version = manifest.featureViews[SERVED_INPUT.view];
  const differences = [
    ...(view === SERVED_INPUT.view && history === SERVED_INPUT.history
      ? []
      : [`it folds in ${history} watches of ${view}, not ${SERVED_INPUT.history} of ${SERVED_INPUT.view}`]),
    ...(version === SERVED_VIEWS[SERVED_INPUT.view]
      ? []
      : [
          `feature view ${SERVED_INPUT.view} was version ${version ?? 'none'} in training and is ${SERVED_VIEWS[SERVED_INPUT.view]}`,
        ]),
  ];
  if (differences.length > 0) throw incompatibleModel(`${named(manifest)}: ${differences.join('; ')}`);
  const { settings, knownTitles } = manifest;
  try {
    const decoded = await decodeFactors(bytes, manifest.titles, settings.dimensions);
    return { manifest, factors: { ...decoded, knownItems: knownTitles, settings } };
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw incompatibleModel(`${named(manifest)}: ${FACTORS_FILE} cannot be used: ${detail}`, cause);
  }
}

function named({ name, version }: CollaborativeManifest): string {
  return `${name} ${version}`;
}

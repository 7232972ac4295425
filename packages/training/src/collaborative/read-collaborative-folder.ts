/** Reads a version of the collaborative model and says in words why one cannot be served. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COLLABORATIVE_HISTORY, profileStateView } from '@marquee/features';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';
import { sha256 } from '../model-folder.ts';
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

/** @throws MarqueeError MODEL_INCOMPATIBLE for a folder that is incomplete, damaged, or made for other inputs */
export async function readCollaborativeFolder(folder: string): Promise<CollaborativeVersion> {
  const manifest = parse(await read(folder, 'manifest.json'));
  const bytes = await read(folder, FACTORS_FILE);
  const checksum = sha256(bytes);
  const { view, history } = manifest.input;
  const version = manifest.featureViews[SERVED_INPUT.view];
  const differences = [
    ...(checksum === manifest.checksum
      ? []
      : [`${FACTORS_FILE} has checksum ${checksum}, not ${manifest.checksum}`]),
    ...(view === SERVED_INPUT.view && history === SERVED_INPUT.history
      ? []
      : [`it folds in ${history} watches of ${view}, not ${SERVED_INPUT.history} of ${SERVED_INPUT.view}`]),
    ...(version === SERVED_VIEWS[SERVED_INPUT.view]
      ? []
      : [
          `feature view ${SERVED_INPUT.view} was version ${version ?? 'none'} in training and is ${SERVED_VIEWS[SERVED_INPUT.view]}`,
        ]),
  ];
  if (differences.length > 0) {
    throw incompatible(`${manifest.name} ${manifest.version}: ${differences.join('; ')}`);
  }
  const { settings, knownTitles } = manifest;
  try {
    const decoded = decodeFactors(bytes, manifest.titles, settings.dimensions);
    return { manifest, factors: { ...decoded, knownItems: knownTitles, settings } };
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw incompatible(
      `${manifest.name} ${manifest.version}: ${FACTORS_FILE} cannot be used: ${detail}`,
      cause,
    );
  }
}

function incompatible(message: string, cause?: unknown): MarqueeError {
  return new MarqueeError('MODEL_INCOMPATIBLE', { message, cause });
}

async function read(folder: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, file));
  } catch (cause) {
    throw incompatible(`the model folder's ${file} cannot be read`, cause);
  }
}

function parse(bytes: Uint8Array): CollaborativeManifest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw incompatible('manifest.json is not JSON', cause);
  }
  const result = collaborativeManifestSchema.safeParse(value);
  if (!result.success) throw incompatible(`manifest.json is not valid: ${z.prettifyError(result.error)}`);
  return result.data;
}

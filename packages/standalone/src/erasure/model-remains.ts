/**
 * Models that were trained from a log that still had an erased profile. A model cannot be told to forget; it is replaced by one that
 * is trained after the erasure, whose lake has no row of it. Which one the profile was really in cannot be told any more,
 * so every one that could have known it is named.
 */
import { systemClock } from '@marquee/domain';
import {
  type ReadUpTo,
  RunLog,
  readUpTo,
  TRAINED_MODELS,
  type TrainedModel,
  trainedBefore,
} from '@marquee/trainer';
import { MODEL_LINES } from '../models/model-lines.ts';
import type { Tombstone } from './erasure-receipt.ts';

export interface KnowingModel {
  readonly version: string;
  readonly kind: 'ranker' | Exclude<TrainedModel, 'ranking'>;
  readonly stage: string;
  /** Scores pages of people now: replaced at the next training that is promoted. */
  readonly serves: boolean;
  /** End of what it was trained on. */
  readonly trainedTo: string;
}

const SERVING = new Set(['production', 'canary']);

export async function modelsThatKnow(
  modelsFolder: string,
  erasure: Tombstone,
): Promise<readonly KnowingModel[]> {
  const reached = readUpTo(await new RunLog(modelsFolder).list(1_000));
  const found = await Promise.all(
    TRAINED_MODELS.map((line) => versionsThatKnow(line, modelsFolder, reached, erasure)),
  );
  return found.flat();
}

async function versionsThatKnow(
  line: TrainedModel,
  modelsFolder: string,
  reached: ReadUpTo,
  erasure: Tombstone,
): Promise<readonly KnowingModel[]> {
  const registry = MODEL_LINES[line].registry({ modelsFolder, clock: systemClock });
  const { state } = await registry.current();
  const versions = await registry.versions();
  const unasked = Object.keys(state.versions).length === 0;
  const knowing: KnowingModel[] = [];
  for (const version of versions) {
    const verified = await registry.verify(version).catch(() => undefined);
    if (verified === undefined) continue;
    const { trainingWindow, createdAt } = verified.manifest;
    if (!trainedBefore(erasure, version, createdAt, reached)) continue;
    const stage =
      state.versions[version]?.stage ??
      (unasked && servesUnasked(line, version, versions) ? 'production' : 'candidate');
    knowing.push({
      ...{ version, stage, serves: SERVING.has(stage) },
      kind: line === 'ranking' ? 'ranker' : line,
      trainedTo: trainingWindow.to,
    });
  }
  return knowing;
}

/** Where a registry was never asked: the only ranker of a world, and the collaborative model that was made last. */
function servesUnasked(line: TrainedModel, version: string, versions: readonly string[]): boolean {
  if (line === 'two-tower') return false;
  return line === 'ranking' ? versions.length === 1 : version === versions.at(-1);
}

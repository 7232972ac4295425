/**
 * Models that were trained from a log that still had an erased profile. A model cannot be told to forget; it is replaced by one that
 * is trained after the erasure, whose lake has no row of it. Which one the profile was really in cannot be told any more,
 * so every one that could have known it is named.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { RunLog, TRAINED_MODELS, type TrainedModel } from '@marquee/trainer';
import { z } from 'zod';
import { MODEL_LINES } from '../models/model-lines.ts';
import type { Tombstone } from './erasure-receipt.ts';

export interface KnowingModel {
  readonly version: string;
  readonly kind: 'ranker' | 'collaborative' | 'two-tower';
  readonly stage: string;
  /** Scores pages of people now: replaced at the next training that is promoted. */
  readonly serves: boolean;
  /** End of what it was trained on. */
  readonly trainedTo: string;
}

const SERVING = new Set(['production', 'canary']);
const COLLABORATIVE = 'collaborative-';
/** What both kinds of manifest say. */
const trainedSchema = z.object({ createdAt: z.iso.datetime() });

export async function modelsThatKnow(
  modelsFolder: string,
  { at, partition, sequence }: Tombstone,
): Promise<readonly KnowingModel[]> {
  const runs = await new RunLog(modelsFolder).list(1_000);
  const readUpTo = new Map(
    runs.flatMap(({ result }) =>
      result?.model == null ? [] : [[result.model, result.lake[String(partition)] ?? 0] as const],
    ),
  );
  const found = await Promise.all(
    TRAINED_MODELS.map((line) => versionsThatKnow(line, modelsFolder, readUpTo, { at, sequence })),
  );
  return [...found.flat(), ...(await collaborativeModels(modelsFolder, at))];
}

async function versionsThatKnow(
  line: TrainedModel,
  modelsFolder: string,
  readUpTo: ReadonlyMap<string, number>,
  { at, sequence }: Pick<Tombstone, 'at' | 'sequence'>,
): Promise<readonly KnowingModel[]> {
  const registry = MODEL_LINES[line].registry({ modelsFolder, clock: systemClock });
  const { state } = await registry.current();
  const versions = await registry.versions();
  const knowing: KnowingModel[] = [];
  for (const version of versions) {
    const verified = await registry.verify(version).catch(() => undefined);
    if (verified === undefined) continue;
    const { trainingWindow, createdAt } = verified.manifest;
    const reached = readUpTo.get(version);
    // Where a run says how far it had read, that decides; else when the model was made.
    const knew = reached === undefined ? Date.parse(createdAt) <= at : reached < sequence;
    if (!knew) continue;
    // A registry of rankers that was never asked knows nothing, and its one model serves.
    const alone = line === 'ranking' && versions.length === 1;
    const stage = state.versions[version]?.stage ?? (alone ? 'production' : 'candidate');
    knowing.push({
      ...{ version, stage, serves: SERVING.has(stage) },
      kind: line === 'ranking' ? 'ranker' : line,
      trainedTo: trainingWindow.to,
    });
  }
  return knowing;
}

/** They have no stages: the latest serves. */
async function collaborativeModels(modelsFolder: string, at: number): Promise<readonly KnowingModel[]> {
  const names = await readdir(modelsFolder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found: { version: string; createdAt: string }[] = [];
  for (const name of names.filter((one) => one.startsWith(COLLABORATIVE))) {
    try {
      const text = await readFile(join(modelsFolder, name, 'manifest.json'), 'utf8');
      found.push({ version: name, createdAt: trainedSchema.parse(JSON.parse(text)).createdAt });
    } catch {
      // Half of one serves nobody.
    }
  }
  found.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  return found
    .filter(({ createdAt }) => Date.parse(createdAt) <= at)
    .map(({ version, createdAt }) => ({
      ...{ version, kind: 'collaborative', trainedTo: createdAt },
      stage: version === found.at(-1)?.version ? 'production' : 'archived',
      serves: version === found.at(-1)?.version,
    }));
}

/**
 * What an earlier ranker's line knew, as far as it holds for one that goes on from there. It lies in the model's folder as `belief.json`, and the
 * manifest says its checksum.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { titlePopularityView } from '@marquee/features';
import { type ModelManifest, readModelFolder } from '@marquee/model-runtime';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';
import { json, sha256 } from '../model-folder.ts';
import type { WeightBelief } from '../weight-belief.ts';
import { LINE_COLUMNS } from './line-columns.ts';
import { RANKER_NAME } from './ranker-trainer.ts';

/** A ranker that the next one may go on from. */
export interface EarlierLine {
  /** Name of its folder. */
  readonly version: string;
  /** End of what it learned from, epoch milliseconds: what is later is new. */
  readonly learnedTo: number;
  /** Of LINE_COLUMNS. */
  readonly belief: WeightBelief;
}

const FILE = 'belief.json';

const fileSchema = z
  .object({
    formatVersion: z.literal(1),
    columns: z.array(z.string()),
    /** Row-major. */
    precision: z.array(z.number()),
    precisionMean: z.array(z.number()),
  })
  .refine(
    ({ columns: { length }, precision, precisionMean }) =>
      precision.length === length ** 2 && precisionMean.length === length,
    'its arrays are not of its columns',
  );

/** @param belief of LINE_COLUMNS. @returns for the folder, and for the manifest's parameters */
export function beliefFiles({ precision, precisionMean }: WeightBelief): {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly parameters: { readonly belief: string };
} {
  const content = {
    columns: [...LINE_COLUMNS],
    precision: [...precision],
    precisionMean: [...precisionMean],
  };
  const bytes = Buffer.from(json({ formatVersion: 1, ...content } satisfies z.input<typeof fileSchema>));
  return { files: { [FILE]: bytes }, parameters: { belief: sha256(bytes) } };
}

/**
 * Columns are found by name: of one that is new nothing is known, and what was known of one that is gone is left out.
 *
 * @param folder of a model
 * @returns undefined where the model is none that can be gone on from: another kind, an older one, or other versions of the feature views
 * @throws MarqueeError MODEL_INCOMPATIBLE for a damaged model, DATA_CORRUPT for a belief that is not what its manifest says
 */
export async function readEarlierLine(folder: string, version: string): Promise<EarlierLine | undefined> {
  const { manifest } = await readModelFolder(folder);
  const { belief: checksum } = manifest.parameters;
  if (typeof checksum !== 'string' || !isOfTheseViews(manifest)) return undefined;
  const file = join(folder, FILE);
  const bytes = await readFile(file).catch(() => undefined);
  const refuse = (problem: string): never => {
    throw new MarqueeError('DATA_CORRUPT', `${file}: ${problem}`);
  };
  if (bytes === undefined) return refuse('it cannot be read');
  if (sha256(bytes) !== checksum) return refuse(`its checksum is ${sha256(bytes)}, not ${checksum}`);
  const { columns, precision, precisionMean } = fileSchema.parse(JSON.parse(bytes.toString()));
  const places = LINE_COLUMNS.map((name) => columns.indexOf(name));
  const learnedTo = Date.parse(manifest.trainingWindow.to);
  return {
    ...{ version, learnedTo },
    belief: {
      precision: Float64Array.from(
        places.flatMap((i) => places.map((j) => (i < 0 || j < 0 ? 0 : precision[i * columns.length + j]!))),
      ),
      precisionMean: Float64Array.from(places, (i) => (i < 0 ? 0 : precisionMean[i]!)),
    },
  };
}

function isOfTheseViews({ name, featureViews }: ModelManifest): boolean {
  const { name: view, version } = titlePopularityView;
  return name === RANKER_NAME && featureViews[view] === version;
}

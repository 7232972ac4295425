/**
 * What models that find candidates are examined on: histories, what followed each of them, and the titles there were to be found, with
 * their content, so that whoever examines needs no catalogue. Made by a training of what it did not learn from, and kept apart from the
 * models.
 *
 *     <models>/.retrieval-holdouts/<name>/   holdout.json, manifest.json
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TitleId } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { json, sha256, writeVersionFolder } from '@marquee/training';
import { z } from 'zod';

const FOLDER = '.retrieval-holdouts';
const NAME = /^\d{8}T\d{6}-\d{3}Z$/;
const KEPT = 10;

const index = z.number().int().min(0);
const contentsSchema = z.object({
  titles: z.array(z.object({ id: z.string().min(1), content: z.array(z.string()) })).min(1),
  profiles: z.array(z.object({ history: z.array(index).min(1), wanted: z.array(index).min(1) })).min(1),
});
const manifestSchema = z.object({
  formatVersion: z.literal(1),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  checksum: z.string(),
});

export interface RetrievalHoldout {
  /** Of what followed, ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly titles: readonly { readonly id: TitleId; readonly content: readonly string[] }[];
  /** Places in `titles`; histories have the oldest first, and nothing that is wanted. */
  readonly profiles: readonly { readonly history: readonly number[]; readonly wanted: readonly number[] }[];
}

export interface NamedRetrievalHoldout extends RetrievalHoldout {
  readonly name: string;
}

/** @returns its name, made of the instant. Older ones than the last ten are removed. */
export async function writeRetrievalHoldout(
  modelsFolder: string,
  { from, to, titles, profiles }: RetrievalHoldout,
  now: number,
): Promise<string> {
  const contents = json(contentsSchema.parse({ titles, profiles }));
  const name = new Date(now).toISOString().replace(/[-:]/g, '').replace('.', '-');
  const folder = join(modelsFolder, FOLDER);
  await writeVersionFolder(folder, name, {
    'holdout.json': contents,
    'manifest.json': json({ formatVersion: 1, from, to, checksum: sha256(Buffer.from(contents)) }),
  });
  for (const old of (await names(modelsFolder)).slice(0, -KEPT)) {
    await rm(join(folder, old), { recursive: true, force: true });
  }
  return name;
}

/** @param name default: the latest. @throws MarqueeError NOT_FOUND; DATA_CORRUPT naming what is damaged. */
export async function readRetrievalHoldout(
  modelsFolder: string,
  name?: string,
): Promise<NamedRetrievalHoldout> {
  const known = await names(modelsFolder);
  const chosen = name ?? known.at(-1);
  if (chosen === undefined || !known.includes(chosen)) {
    const which = chosen === undefined ? '' : ` ${chosen}`;
    throw new MarqueeError('NOT_FOUND', `there is no retrieval holdout${which} in ${modelsFolder}`);
  }
  const folder = join(modelsFolder, FOLDER, chosen);
  try {
    const { from, to, checksum } = manifestSchema.parse(
      JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')),
    );
    const bytes = await readFile(join(folder, 'holdout.json'));
    if (sha256(bytes) !== checksum) throw new Error('the checksum of holdout.json does not match');
    const contents = contentsSchema.parse(JSON.parse(bytes.toString('utf8')));
    const { length } = contents.titles;
    const outside = contents.profiles.some(({ history, wanted }) =>
      [...history, ...wanted].some((place) => place >= length),
    );
    if (outside) throw new Error('a profile has a title that is not listed');
    return { name: chosen, from, to, ...contents };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new MarqueeError('DATA_CORRUPT', { message: `${folder} cannot be used: ${message}`, cause });
  }
}

async function names(modelsFolder: string): Promise<readonly string[]> {
  const entries = await readdir(join(modelsFolder, FOLDER)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((name) => NAME.test(name)).sort();
}

/** Keeps holdout sets: `<models>/.holdouts/<name>/{manifest.json, examples.bin}`, each complete or not there, and checksummed. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import { json, sha256, writeVersionFolder } from '@marquee/training';
import { z } from 'zod';
import { type HoldoutSet, requireHoldout } from './holdout-set.ts';

const FOLDER = '.holdouts';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MAX_ROWS = 2_000_000;

const manifestSchema = z.object({
  formatVersion: z.literal(1),
  createdAt: z.iso.datetime(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  rows: z.number().int().min(1).max(MAX_ROWS),
  columns: z.array(z.string()).min(1),
  featureViews: z.record(z.string(), z.number().int()),
  hasItems: z.boolean(),
  hasInstants: z.boolean().default(false),
  checksum: z.string(),
});

export interface NamedHoldout extends HoldoutSet {
  readonly name: string;
}

/** @returns its name, made of the instant. @throws MarqueeError BAD_USER_INPUT for a set that examines nothing. */
export async function writeHoldout(modelsFolder: string, set: HoldoutSet, now: number): Promise<string> {
  requireHoldout(set);
  const optional = [set.items, set.decidedAt].filter((array) => array !== undefined);
  const arrays = [set.matrix, set.labels, set.weights, set.groups, ...optional];
  // Little-endian, as all platforms that Node runs on are.
  const bytes = Buffer.concat(
    arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)),
  );
  const createdAt = new Date(now).toISOString();
  const name = createdAt.replace(/[-:]/g, '').replace('.', '-');
  const { rows, columns, featureViews, from, to } = set;
  const manifest = {
    formatVersion: 1,
    createdAt,
    ...{ from, to, rows, columns, featureViews },
    hasItems: set.items !== undefined,
    hasInstants: set.decidedAt !== undefined,
    checksum: sha256(bytes),
  };
  await writeVersionFolder(join(modelsFolder, FOLDER), name, {
    'examples.bin': bytes,
    'manifest.json': json(manifest),
  });
  return name;
}

/** In order of their making. */
export async function holdoutNames(modelsFolder: string): Promise<readonly string[]> {
  const names = await readdir(join(modelsFolder, FOLDER)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => NAME.test(name)).sort();
}

/** @param name default: the latest. @throws MarqueeError NOT_FOUND; DATA_CORRUPT naming what is damaged. */
export async function readHoldout(modelsFolder: string, name?: string): Promise<NamedHoldout> {
  const names = await holdoutNames(modelsFolder);
  const chosen = name ?? names.at(-1);
  if (chosen === undefined || !names.includes(chosen)) {
    throw new MarqueeError(
      'NOT_FOUND',
      `there is no holdout set${chosen === undefined ? '' : ` ${chosen}`} in ${modelsFolder}`,
    );
  }
  const folder = join(modelsFolder, FOLDER, chosen);
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
    const bytes = await readFile(join(folder, 'examples.bin'));
    if (sha256(bytes) !== manifest.checksum) throw new Error('the checksum of examples.bin does not match');
    const set = { name: chosen, ...manifest, ...arraysOf(bytes, manifest) };
    requireHoldout(set);
    return set;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new MarqueeError('DATA_CORRUPT', { message: `${folder} cannot be used: ${message}`, cause });
  }
}

function arraysOf(
  bytes: Uint8Array,
  { rows, columns, hasItems, hasInstants }: z.infer<typeof manifestSchema>,
): Pick<HoldoutSet, 'matrix' | 'labels' | 'weights' | 'groups' | 'items' | 'decidedAt'> {
  // A copy: a buffer from a file may begin anywhere, arrays of four-byte numbers may not.
  const buffer = Uint8Array.from(bytes).buffer;
  let offset = 0;
  const next = (length: number): number => {
    const at = offset;
    offset += length * 4;
    if (offset > buffer.byteLength) throw new Error('examples.bin is too short');
    return at;
  };
  const cells = rows * columns.length;
  return {
    matrix: new Float32Array(buffer, next(cells), cells),
    labels: new Float32Array(buffer, next(rows), rows),
    weights: new Float32Array(buffer, next(rows), rows),
    groups: new Uint32Array(buffer, next(rows), rows),
    ...(hasItems && { items: new Uint32Array(buffer, next(rows), rows) }),
    ...(hasInstants && { decidedAt: new Uint32Array(buffer, next(rows), rows) }),
  };
}

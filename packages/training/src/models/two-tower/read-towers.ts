/**
 * A version of the towers as whoever serves it has it: both folders read and found to belong together, and the rows that they are fed with.
 * What is not whole, or was made for other inputs than this code gives, is refused.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TitleId } from '@marquee/domain';
import { type ModelManifest, readModelFolder } from '@marquee/model-runtime';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';
import { sha256 } from '../../model-folder.ts';
import { TITLE_CONTENT_VERSION } from './title-content.ts';
import { TITLE_TOWER, TITLES_FILE, titleFolderOf, USER_TOWER } from './tower-folders.ts';
import { TITLE_COLUMNS, titleFeatures, userColumns, userFeatures } from './tower-rows.ts';

const parametersSchema = z.object({
  dimensions: z.number().int().min(1).max(1_024),
  historyLength: z.number().int().min(1).max(1_000),
  recentHalfLife: z.number().positive(),
  tasteHalfLife: z.number().positive(),
  buckets: z.number().int().min(1),
  titleIds: z.number().int(),
  contentVersion: z.number().int(),
  titles: z.number().int().min(0),
  titlesChecksum: z.string(),
  titleChecksum: z.string(),
});

export interface Towers {
  readonly version: string;
  readonly dimensions: number;
  /** For a runtime that is to run them. */
  readonly user: { readonly folder: string; readonly columns: readonly string[] };
  readonly title: { readonly folder: string; readonly columns: readonly string[] };
  /** Titles that training has seen. */
  readonly titleIds: readonly TitleId[];
  /** Whether the title has an id of its own in the model; others are known by their content alone. */
  knows(id: TitleId): boolean;
  /** One row for the title tower. @param content as `contentOf` gives it */
  titleRow(id: TitleId, content: readonly string[]): Float32Array;
  /**
   * One row for the user tower.
   * @param history the oldest first; titles whose content is unknown count where training has seen them
   * @returns undefined where nothing is known of any of them
   */
  userRow(
    history: readonly TitleId[],
    contentOf: (id: TitleId) => readonly string[] | undefined,
  ): Float32Array | undefined;
}

/**
 * @param userFolder of the user tower; the title tower's lies beside it
 * @throws MarqueeError MODEL_INCOMPATIBLE naming what is missing, damaged, of another version, or made for other inputs
 */
export async function readTowers(userFolder: string): Promise<Towers> {
  const user = await readModelFolder(userFolder);
  if (user.manifest.name !== USER_TOWER) throw incompatible(user.manifest, `it is no ${USER_TOWER}`);
  const title = await readModelFolder(titleFolderOf(userFolder));
  const parsed = parametersSchema.safeParse(user.manifest.parameters);
  if (!parsed.success) throw incompatible(user.manifest, z.prettifyError(parsed.error));
  const settings = parsed.data;
  const differences = [
    ...belonging(user.manifest, title.manifest, settings.titleChecksum),
    ...differing('the title tower', title.manifest, TITLE_COLUMNS, settings.dimensions),
    ...differing('the user tower', user.manifest, userColumns(settings.historyLength), settings.dimensions),
    ...(settings.contentVersion === TITLE_CONTENT_VERSION
      ? []
      : [`it knows titles by content of version ${settings.contentVersion}, not ${TITLE_CONTENT_VERSION}`]),
  ];
  if (differences.length > 0) throw incompatible(user.manifest, differences.join('; '));
  const titleIds = await readTitles(userFolder, user.manifest, settings);
  return towersOf(user.manifest, userFolder, titleIds, settings);
}

function towersOf(
  { version, input }: ModelManifest,
  userFolder: string,
  titleIds: readonly TitleId[],
  settings: z.infer<typeof parametersSchema>,
): Towers {
  const rowOf = new Map(titleIds.map((id, row) => [id, row]));
  const features = (id: TitleId, content: readonly string[] = []): Float32Array =>
    titleFeatures(rowOf.get(id) ?? -1, content, settings.buckets);
  return {
    version,
    dimensions: settings.dimensions,
    user: { folder: userFolder, columns: input.columns },
    title: { folder: titleFolderOf(userFolder), columns: TITLE_COLUMNS },
    titleIds,
    knows: (id) => rowOf.has(id),
    titleRow(id, content) {
      const row = features(id, content);
      if (settings.titleIds === 0) row[0] = -1;
      return row;
    },
    userRow(history, contentOf) {
      const rows: Float32Array[] = [];
      // From the newest, so that what is unknown takes no place.
      for (let i = history.length - 1; i >= 0 && rows.length < settings.historyLength; i--) {
        const id = history[i]!;
        const content = contentOf(id);
        if (content !== undefined || rowOf.has(id)) rows.push(features(id, content));
      }
      return rows.length === 0 ? undefined : userFeatures(settings, rows.reverse());
    },
  };
}

function belonging(user: ModelManifest, title: ModelManifest, checksum: string): string[] {
  if (title.name !== TITLE_TOWER) return [`${title.name} is no ${TITLE_TOWER}`];
  if (title.version !== user.version) return [`its title tower is of version ${title.version}`];
  return title.checksum === checksum
    ? []
    : [`its title tower has checksum ${title.checksum}, not ${checksum}: they were not made together`];
}

function differing(
  tower: string,
  { input, output }: ModelManifest,
  columns: readonly string[],
  dimensions: number,
): string[] {
  return [
    ...(input.columns.join('\n') === columns.join('\n')
      ? []
      : [`${tower} was trained on other columns than are given`]),
    ...(output.dimensions === dimensions
      ? []
      : [`${tower} gives ${output.dimensions ?? 1} numbers, not ${dimensions}`]),
  ];
}

async function readTitles(
  folder: string,
  manifest: ModelManifest,
  { titles, titlesChecksum }: z.infer<typeof parametersSchema>,
): Promise<readonly TitleId[]> {
  let ids: unknown;
  try {
    const bytes = await readFile(join(folder, TITLES_FILE));
    if (sha256(bytes) !== titlesChecksum) throw new Error('its checksum does not match');
    ids = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw incompatible(manifest, `${TITLES_FILE} cannot be used: ${why}`, cause);
  }
  const named = z.array(z.string().min(1)).safeParse(ids);
  if (!named.success || named.data.length !== titles || new Set(named.data).size !== titles) {
    throw incompatible(manifest, `${TITLES_FILE} does not name ${titles} different titles`);
  }
  return named.data;
}

function incompatible({ name, version }: ModelManifest, why: string, cause?: unknown): MarqueeError {
  return new MarqueeError('MODEL_INCOMPATIBLE', { message: `${name} ${version}: ${why}`, cause });
}

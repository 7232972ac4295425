/** Preview variants by files, beside the supergraph that gateways follow: one file each, replaced whole. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  decodeVariant,
  encodeVariant,
  VARIANT_NAME,
  type VariantPublication,
  variantFile,
  variantFolder,
} from '@marquee/gateway/supergraph';
import { MarqueeError } from '@marquee/service-kit';
import { ifMissing, removeAbandonedParts } from './part-files.ts';
import { replaceFile } from './replace-file.ts';
import { assertRoom, current, datedVariant, unknownVariant, type Variants } from './variants.ts';

export function folderVariantPublications(supergraphFile: string, now: () => Date): Variants {
  const folder = variantFolder(supergraphFile);

  async function all(): Promise<readonly VariantPublication[]> {
    const files = await readdir(folder).catch(ifMissing([] as string[]));
    return Promise.all(
      files.filter((file) => file.endsWith('.json')).map((file) => read(join(folder, file))),
    );
  }

  async function read(path: string): Promise<VariantPublication> {
    try {
      const { sdl: _, ...variant } = decodeVariant(await readFile(path, 'utf8'));
      return variant;
    } catch (cause) {
      const message = `${path}: ${(cause as Error).message} (take the file away)`;
      throw new MarqueeError('CONFIG_INVALID', { message, cause });
    }
  }

  return {
    list: async () => current(await all(), now()),
    async publish(given) {
      const { sdl, ...variant } = datedVariant(given, now());
      const before = await all();
      const living = current(before, now());
      assertRoom(living.filter(({ name }) => name !== variant.name));
      await mkdir(folder, { recursive: true });
      await removeAbandonedParts(folder, now());
      for (const { name } of before)
        if (!living.some((each) => each.name === name)) await rm(join(folder, variantFile(name)));
      const path = join(folder, variantFile(variant.name));
      await replaceFile(path, encodeVariant({ ...variant, sdl }));
      return variant;
    },
    async retire(name) {
      // It becomes part of a path.
      if (!VARIANT_NAME.test(name)) throw unknownVariant(name);
      await rm(join(folder, variantFile(name))).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOENT' ? unknownVariant(name) : error;
      });
    },
    close: async () => undefined,
  };
}

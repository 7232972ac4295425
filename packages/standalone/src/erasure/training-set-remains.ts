/** Training sets that were made from a log that still had the profile. Those made after it read a lake without it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifest, rowsOfProfile } from '@marquee/training-sets';
import type { Tombstone } from './erasure-receipt.ts';

export interface KnowingSet {
  readonly version: string;
  readonly rows: number;
}

export async function setsThatKnow(
  folder: string,
  { profileId, at }: Tombstone,
): Promise<readonly KnowingSet[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const knowing: KnowingSet[] = [];
  for (const name of names.sort()) {
    const manifest = await readManifest(join(folder, name)).catch(() => undefined);
    if (manifest === undefined) continue;
    const rows = await rowsOfProfile(join(folder, name), profileId, at);
    if (rows > 0) knowing.push({ version: manifest.version, rows });
  }
  return knowing;
}

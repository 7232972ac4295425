/**
 * What a local installation keeps beside its servers' data: its secrets, and the world that the servers were filled with.
 * `<folder>/installation.json`, readable by its owner alone.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';
import { type World, worldSchema } from '../world/data-directory.ts';

const secret = z.string().min(32);
const installationSchema = z.object({
  formatVersion: z.literal(1),
  gatewaySecret: secret,
  tokenSecret: secret,
  /** Signs viewers' tokens outside development mode. */
  authSecret: secret,
  partitions: z.number().int().min(1),
  /** Absent until the servers have been filled. */
  world: worldSchema.optional(),
});
export type Installation = z.infer<typeof installationSchema>;

/** The one in the folder, or a new one with fresh secrets, written down. @throws MarqueeError DATA_CORRUPT */
export async function openInstallation(folder: string, partitions: number): Promise<Installation> {
  const file = join(folder, 'installation.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const fresh = (): string => randomBytes(32).toString('base64url');
    const created: Installation = {
      formatVersion: 1,
      gatewaySecret: fresh(),
      tokenSecret: fresh(),
      authSecret: fresh(),
      partitions,
    };
    await saveInstallation(folder, created);
    return created;
  }
  const parsed = installationSchema.safeParse(json(text));
  if (parsed.success) return parsed.data;
  throw new MarqueeError(
    'DATA_CORRUPT',
    `${file} is not a readable installation; move ${folder} away to begin anew`,
  );
}

export async function saveInstallation(folder: string, installation: Installation): Promise<void> {
  const file = join(folder, 'installation.json');
  await writeFile(`${file}.new`, `${JSON.stringify(installation, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

export function withWorld(installation: Installation, world: World): Installation {
  return { ...installation, world };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

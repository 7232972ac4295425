/** The files of a version's folder, read with words for people where one cannot be: whatever kind of model it holds. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';

export const MANIFEST_FILE = 'manifest.json';

/** @throws MarqueeError MODEL_INCOMPATIBLE naming the file */
export async function readVersionFile(folder: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, file));
  } catch (cause) {
    throw incompatibleModel(`the model folder's ${file} cannot be read`, cause);
  }
}

/** @throws MarqueeError MODEL_INCOMPATIBLE saying what is wrong with it */
export async function readManifestAs<Manifest>(
  folder: string,
  schema: z.ZodType<Manifest>,
): Promise<Manifest> {
  const bytes = await readVersionFile(folder, MANIFEST_FILE);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw incompatibleModel(`${MANIFEST_FILE} is not JSON`, cause);
  }
  const result = schema.safeParse(value);
  if (!result.success)
    throw incompatibleModel(`${MANIFEST_FILE} is not valid: ${z.prettifyError(result.error)}`);
  return result.data;
}

export function incompatibleModel(message: string, cause?: unknown): MarqueeError {
  return new MarqueeError('MODEL_INCOMPATIBLE', { message, cause });
}

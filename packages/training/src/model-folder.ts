/** Writes a model version as a folder that is either complete or not there. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelManifest, manifestSchema } from '@marquee/model-runtime';

export interface ModelFiles {
  readonly onnx: Uint8Array;
  /** Checksum and format version are filled in here. */
  readonly manifest: Omit<ModelManifest, 'checksum' | 'formatVersion'>;
  /** Written as evaluation.json. */
  readonly evaluation: Readonly<Record<string, unknown>>;
  /** More files, by name. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

/** @returns the folder `<modelsFolder>/<name>-<version>`. @throws Error when that version exists already. */
export async function writeModelFolder(modelsFolder: string, files: ModelFiles): Promise<string> {
  const manifest = manifestSchema.parse({
    ...files.manifest,
    formatVersion: 1,
    checksum: sha256(files.onnx),
  });
  return writeVersionFolder(modelsFolder, `${manifest.name}-${manifest.version}`, {
    ...files.files,
    'model.onnx': files.onnx,
    'evaluation.json': json(files.evaluation),
    'manifest.json': json(manifest),
  });
}

/**
 * Any version folder: written beside its place, then moved there by one rename.
 * @returns the folder. @throws Error when it exists already.
 */
export async function writeVersionFolder(
  modelsFolder: string,
  name: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<string> {
  const folder = join(modelsFolder, name);
  const preparing = join(modelsFolder, `.writing-${randomBytes(4).toString('hex')}`);
  await mkdir(preparing, { recursive: true });
  try {
    for (const [file, content] of Object.entries(files)) {
      await writeFile(join(preparing, file), content, { flush: true });
    }
    await rename(preparing, folder);
  } catch (error) {
    await rm(preparing, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

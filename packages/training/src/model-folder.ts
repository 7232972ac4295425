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
}

/** @returns the folder `<modelsFolder>/<name>-<version>`. @throws Error when that version exists already. */
export async function writeModelFolder(modelsFolder: string, files: ModelFiles): Promise<string> {
  const manifest = manifestSchema.parse({
    ...files.manifest,
    formatVersion: 1,
    checksum: createHash('sha256').update(files.onnx).digest('hex'),
  });
  const folder = join(modelsFolder, `${manifest.name}-${manifest.version}`);
  const preparing = join(modelsFolder, `.writing-${randomBytes(4).toString('hex')}`);
  await mkdir(preparing, { recursive: true });
  try {
    await writeFile(join(preparing, 'model.onnx'), files.onnx, { flush: true });
    await writeFile(join(preparing, 'evaluation.json'), `${JSON.stringify(files.evaluation, null, 2)}\n`, {
      flush: true,
    });
    await writeFile(join(preparing, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, {
      flush: true,
    });
    await rename(preparing, folder);
  } catch (error) {
    await rm(preparing, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

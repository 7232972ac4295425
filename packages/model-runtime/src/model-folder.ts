/** Reads a model folder and says in words why a model cannot be served. */
import { createHash } from 'node:crypto';
import { type ModelManifest, manifestSchema } from './manifest.ts';
import { incompatibleModel, readManifestAs, readVersionFile } from './version-files.ts';

export interface VerifiedModel {
  readonly manifest: ModelManifest;
  /** The very bytes whose checksum was verified; the file may change afterwards. */
  readonly bytes: Uint8Array;
}

/** What the caller feeds models with. */
export interface ServedInputs {
  readonly columns: readonly string[];
  readonly featureViews: Readonly<Record<string, number>>;
}

/**
 * A model that is whole: a manifest that can be read, and the file that it speaks of.
 * @throws MarqueeError MODEL_INCOMPATIBLE naming what is missing or damaged.
 */
export async function readModelFolder(folder: string): Promise<VerifiedModel> {
  const manifest = await readManifestAs(folder, manifestSchema);
  const bytes = await readVersionFile(folder, 'model.onnx');
  const checksum = createHash('sha256').update(bytes).digest('hex');
  if (checksum !== manifest.checksum) {
    const differs = `model.onnx has checksum ${checksum}, not ${manifest.checksum}`;
    throw incompatibleModel(`${manifest.name} ${manifest.version}: ${differs}`);
  }
  return { manifest, bytes };
}

/** The same for a model that is to be fed with these inputs. @throws MarqueeError MODEL_INCOMPATIBLE */
export async function readServableModel(folder: string, served: ServedInputs): Promise<VerifiedModel> {
  const model = await readModelFolder(folder);
  const differences = inputDifferences(model.manifest, served);
  if (differences.length > 0) {
    throw incompatibleModel(`${model.manifest.name} ${model.manifest.version}: ${differences.join('; ')}`);
  }
  return model;
}

/** How what a model was trained on differs from what it would be fed with, in words; empty when it does not. */
export function inputDifferences(
  { input, featureViews }: Pick<ModelManifest, 'input' | 'featureViews'>,
  served: ServedInputs,
): readonly string[] {
  return [
    ...compareColumns(input.columns, served.columns),
    ...compareViews(featureViews, served.featureViews),
  ];
}

function compareColumns(trained: readonly string[], served: readonly string[]): string[] {
  const missing = trained.filter((column) => !served.includes(column));
  const extra = served.filter((column) => !trained.includes(column));
  const differences: string[] = [];
  if (missing.length > 0)
    differences.push(`it was trained on columns that are not served: ${missing.join(', ')}`);
  if (extra.length > 0) differences.push(`it was not trained on ${extra.join(', ')}`);
  if (differences.length === 0 && trained.join('\n') !== served.join('\n')) {
    const at = trained.findIndex((column, i) => column !== served[i]);
    differences.push(`its columns stand in another order: column ${at} is ${trained[at]}, not ${served[at]}`);
  }
  return differences;
}

function compareViews(
  trained: Readonly<Record<string, number>>,
  served: Readonly<Record<string, number>>,
): string[] {
  return [...new Set([...Object.keys(trained), ...Object.keys(served)])]
    .filter((view) => trained[view] !== served[view])
    .map(
      (view) =>
        `feature view ${view} was ${versionOf(trained[view])} in training and is ${versionOf(served[view])}`,
    );
}

function versionOf(version: number | undefined): string {
  return version === undefined ? 'absent' : `version ${version}`;
}

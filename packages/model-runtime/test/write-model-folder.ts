/** Writes model folders for tests: a logistic model with its manifest, and whatever is wrong with it. */
import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelManifest } from '../src/manifest.ts';
import { encodeLogisticModel } from './logistic-onnx.ts';

export interface TestModel {
  readonly version: string;
  readonly columns: readonly string[];
  readonly weights: readonly number[];
  readonly bias: number;
  readonly featureViews: Readonly<Record<string, number>>;
  readonly idleLayers?: number;
  /** Replaces entries of the manifest. */
  readonly manifest?: Partial<Record<keyof ModelManifest, unknown>>;
  /** Replaces the file, after its checksum was taken. */
  readonly tampered?: Uint8Array;
  /** Replaces the file before its checksum is taken. */
  readonly model?: Uint8Array;
}

/** @returns the folder, in the machine's temporary directory. */
export async function writeModelFolder(model: TestModel): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'marquee-model-'));
  const bytes = model.model ?? encodeLogisticModel({ input: 'features', output: 'probability', ...model });
  const manifest: ModelManifest = {
    formatVersion: 1,
    name: 'test-ranker',
    version: model.version,
    createdAt: '2026-01-01T00:00:00.000Z',
    input: { name: 'features', columns: [...model.columns] },
    output: { name: 'probability' },
    featureViews: { ...model.featureViews },
    trainingWindow: { from: '2025-10-01T00:00:00.000Z', to: '2025-12-01T00:00:00.000Z', examples: 1_000 },
    metrics: {},
    parameters: {},
    seed: 1,
    checksum: createHash('sha256').update(bytes).digest('hex'),
    parent: null,
  };
  await writeFile(join(folder, 'model.onnx'), model.tampered ?? bytes);
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, ...model.manifest }));
  return folder;
}

/** Models on generated data: what is watched follows two of three columns, as somebody who trains would find it. */
import { createRandom } from '@marquee/domain';
import type { ModelManifest } from '@marquee/model-runtime';
import { exportLogisticRegression, trainLogisticRegression, writeModelFolder } from '@marquee/training';
import type { HoldoutSet } from '../holdout/holdout-set.ts';

export const COLUMNS = ['affinity', 'popularity', 'noise'];
export const VIEWS = { 'title-popularity': 3 };
export const SERVED = { columns: COLUMNS, featureViews: VIEWS };
const GROUP = 5;

export function generated(groups: number, seed: number, labels: 'true' | 'shuffled' = 'true'): HoldoutSet {
  const random = createRandom(seed);
  const rows = groups * GROUP;
  const matrix = Float32Array.from({ length: rows * COLUMNS.length }, () => random.next());
  const watched = Float32Array.from({ length: rows }, (_, row) => {
    const [affinity, popularity] = matrix.subarray(row * 3, row * 3 + 2);
    return Number(random.next() < 1 / (1 + Math.exp(-(4 * affinity! + 2 * popularity! - 4))));
  });
  if (labels === 'shuffled') {
    for (let i = rows - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      [watched[i], watched[j]] = [watched[j]!, watched[i]!];
    }
  }
  return {
    columns: COLUMNS,
    featureViews: VIEWS,
    matrix,
    rows,
    labels: watched,
    weights: new Float32Array(rows).fill(1),
    groups: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / GROUP)),
    items: Uint32Array.from({ length: rows }, () => random.integer(40)),
    from: '2026-02-01T00:00:00.000Z',
    to: '2026-02-02T00:00:00.000Z',
  };
}

/** @returns the name of the version's folder. */
export async function trainedModel(
  modelsFolder: string,
  version: string,
  options: { seed?: number; labels?: 'true' | 'shuffled'; manifest?: Partial<ModelManifest> } = {},
): Promise<string> {
  const { matrix, rows, labels } = generated(800, options.seed ?? 1, options.labels);
  const model = await trainLogisticRegression({ matrix, rows, columns: COLUMNS.length, labels });
  await writeModelFolder(modelsFolder, {
    onnx: exportLogisticRegression(model),
    manifest: {
      name: 'ranker',
      version,
      createdAt: '2026-01-02T00:00:00.000Z',
      input: { name: 'features', columns: COLUMNS },
      output: { name: 'probability' },
      featureViews: VIEWS,
      trainingWindow: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-31T00:00:00.000Z', examples: rows },
      metrics: {},
      parameters: {},
      seed: 1,
      parent: null,
      ...options.manifest,
    },
    evaluation: {},
  });
  return `ranker-${version}`;
}

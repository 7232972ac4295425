/**
 * The towers as two model folders, and the vectors of the titles that are known. A single input matrix each, as serving has it:
 *
 *   two-tower-title   row of the id table (−1 for a title without one), hashed features (−1 where there is none)
 *                     → `vector`, for the vector index, and `input`, of which users' histories are means
 *   two-tower-user    mean of recent titles' inputs, mean of more of them, context → `vector`
 *
 * A new title needs its features alone; a changed history needs no training.
 */
import { rm } from 'node:fs/promises';
import type { ModelManifest } from '@marquee/model-runtime';
import { writeModelFolder } from '../../model-folder.ts';
import type { GraphBuilder, Value } from '../../neural/graph-builder.ts';
import { Tape } from '../../neural/tape.ts';
import { FEATURES_PER_TITLE, featureBuckets } from './title-content.ts';
import { titleInputs, titleVectors } from './tower-forward.ts';
import { titleTower, userTower } from './tower-graph.ts';
import type { TrainedTowers } from './train-towers.ts';
import { CONTEXT_COLUMNS } from './user-history.ts';

export const TOWER_INPUT = 'features';
export const TOWER_OUTPUT = 'vector';
/** The title tower's second output. */
export const TITLE_INPUT_OUTPUT = 'input';

export const TITLE_COLUMNS = [
  'row',
  ...Array.from({ length: FEATURES_PER_TITLE }, (_, i) => `feature.${i}`),
] as const;

export function userColumns(dimensions: number): string[] {
  const numbered = (name: string) => Array.from({ length: dimensions }, (_, i) => `${name}.${i}`);
  return [...numbered('recent'), ...numbered('taste'), ...CONTEXT_COLUMNS.map((name) => `context.${name}`)];
}

/** One row of the title tower's matrix. @param row of the id table, −1 for a title that training has not seen */
export function titleFeatures(row: number, features: readonly string[], buckets: number): Float32Array {
  const columns = new Float32Array(TITLE_COLUMNS.length).fill(-1);
  columns[0] = row;
  columns.set(featureBuckets(features, buckets), 1);
  return columns;
}

export function exportUserTower({ settings, parameters }: TrainedTowers): Uint8Array {
  const d = settings.dimensions;
  const { tape, graph, constant } = constants(parameters);
  const width = 2 * d + CONTEXT_COLUMNS.length;
  const features = graph.input(TOWER_INPUT, 'real', ['rows', width]);
  const part = (from: number, to: number) => columnsOf(graph, features, from, to);
  graph.output(TOWER_OUTPUT, userTower(tape, constant, part(0, d), part(d, 2 * d), part(2 * d, width)));
  return graph.encode('two-tower-user');
}

export function exportTitleTower({ settings, parameters }: TrainedTowers): Uint8Array {
  const d = settings.dimensions;
  const { tape, graph, constant } = constants(parameters);
  const features = graph.input(TOWER_INPUT, 'real', ['rows', TITLE_COLUMNS.length]);
  // 1 where there is a number, which is a whole one and exact as a float.
  const present = (part: Value): Value => {
    const known = graph.node('GreaterOrEqual', [part, graph.number(0)], part.shape);
    return graph.node('Cast', [known], part.shape, { to: 1 });
  };
  const numbers = (part: Value): Value =>
    graph.node('Cast', [graph.node('Relu', [part], part.shape)], part.shape, { to: 7 });
  const id = columnsOf(graph, features, 0, 1);
  const row = graph.node('Reshape', [numbers(id), graph.integers(-1)], ['rows']);
  const ids = graph.node('Gather', [constant('ids'), row], ['rows', d], { axis: 0 });
  const named = graph.node('Mul', [ids, present(id)], ['rows', d]);
  const slots = columnsOf(graph, features, 1, TITLE_COLUMNS.length);
  const own = present(slots);
  const shape = ['rows', FEATURES_PER_TITLE, d];
  const vectors = graph.node('Gather', [constant('features'), numbers(slots)], shape, { axis: 0 });
  const wide = graph.node('Unsqueeze', [own, graph.integers(2)], ['rows', FEATURES_PER_TITLE, 1]);
  const masked = graph.node('Mul', [vectors, wide], shape);
  const sum = graph.node('ReduceSum', [masked, graph.integers(1)], ['rows', d], { keepdims: 0 });
  const count = graph.node('ReduceSum', [own, graph.integers(1)], ['rows', 1], { keepdims: 1 });
  const atLeastOne = graph.node('Max', [count, graph.number(1)], ['rows', 1]);
  const content = graph.node('Div', [sum, atLeastOne], ['rows', d]);
  const z = graph.node('Add', [content, named], ['rows', d]);
  graph.output(TOWER_OUTPUT, titleTower(tape, constant, z));
  graph.output(TITLE_INPUT_OUTPUT, z);
  return graph.encode('two-tower-title');
}

/** Of all titles training has seen: `vectors` [items.length, d] for the vector index, item indices beside them. */
export function exportTitleVectors({ items, parameters, slots }: TrainedTowers): {
  readonly items: Uint32Array;
  readonly vectors: Float32Array;
} {
  return { items: items.items, vectors: titleVectors(parameters, titleInputs(parameters, slots)) };
}

export interface TowerRelease {
  readonly version: string;
  readonly createdAt: string;
  readonly seed: number;
  readonly trainingWindow: ModelManifest['trainingWindow'];
  readonly parent: string | null;
}

/**
 * Both folders, or none.
 * @returns their paths. @throws Error when that version exists already
 */
export async function writeTowers(
  modelsFolder: string,
  towers: TrainedTowers,
  release: TowerRelease,
): Promise<{ readonly title: string; readonly user: string }> {
  const { settings, validationNdcg, epochs } = towers;
  const common = {
    ...release,
    output: { name: TOWER_OUTPUT },
    featureViews: {},
    metrics: { epochs, ...(validationNdcg === undefined ? {} : { validationNdcg }) },
    parameters: { ...settings },
  };
  const evaluation = { validation: { 'ndcg@10': validationNdcg ?? null } };
  const title = await writeModelFolder(modelsFolder, {
    onnx: exportTitleTower(towers),
    manifest: {
      ...common,
      name: 'two-tower-title',
      input: { name: TOWER_INPUT, columns: [...TITLE_COLUMNS] },
    },
    evaluation,
  });
  try {
    const user = await writeModelFolder(modelsFolder, {
      onnx: exportUserTower(towers),
      manifest: {
        ...common,
        name: 'two-tower-user',
        input: { name: TOWER_INPUT, columns: userColumns(settings.dimensions) },
      },
      evaluation,
    });
    return { title, user };
  } catch (error) {
    await rm(title, { recursive: true, force: true });
    throw error;
  }
}

function constants({ specs, byName }: TrainedTowers['parameters']) {
  const tape = new Tape();
  const shapes = new Map(specs.map(({ name, shape }) => [name, shape]));
  const constant = (name: string): Value =>
    // A copy: what is exported must not change when training goes on.
    tape.graph.tensor(`weights ${name}`, byName.get(name)!.slice(), shapes.get(name)!);
  return { tape, graph: tape.graph, constant };
}

function columnsOf(graph: GraphBuilder, x: Value, from: number, to: number): Value {
  const range = [graph.integers(from), graph.integers(to), graph.integers(1)];
  return graph.node('Slice', [x, ...range], ['rows', to - from]);
}

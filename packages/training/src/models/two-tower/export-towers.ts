/**
 * The towers as two model folders of one version. A single input matrix each, as serving has it:
 *
 *   two-tower-title   a title: row of the id table (−1 for a title without one), hashed features (−1 where there is none)
 *                     → its vector, for the vector index
 *   two-tower-user    a history: its titles as above, how much each counts, and what is known besides → the vector that is searched for
 *
 * A new title needs its features alone; a changed history needs no training. The user's folder names the title's checksum and holds the
 * ids of the table's rows, so it is what a version goes by, and is written last.
 */
import { rm } from 'node:fs/promises';
import type { TitleId } from '@marquee/domain';
import { type ModelManifest, readModelFolder } from '@marquee/model-runtime';
import { sha256, writeModelFolder } from '../../model-folder.ts';
import type { GraphBuilder, Value } from '../../neural/graph-builder.ts';
import { Tape } from '../../neural/tape.ts';
import { pairsOf } from '../sequential/sequence-batch.ts';
import { finalNorm, network } from '../sequential/sequence-graph.ts';
import { FEATURES_PER_TITLE, TITLE_CONTENT_VERSION } from './title-content.ts';
import { TITLE_TOWER, TITLES_FILE, USER_TOWER } from './tower-folders.ts';
import { titleInputs, titleVectors } from './tower-forward.ts';
import { titleTower, userTower } from './tower-graph.ts';
import { HISTORY_COLUMNS, TITLE_COLUMNS, userColumns } from './tower-rows.ts';
import type { TrainedTowers } from './train-towers.ts';
import { type SequenceTower, sequenceSettings } from './two-tower-options.ts';
import { CONTEXT_COLUMNS } from './user-history.ts';

export const TOWER_INPUT = 'features';
export const TOWER_OUTPUT = 'vector';

export function exportUserTower({ settings, parameters }: TrainedTowers): Uint8Array {
  const { dimensions: d, historyLength } = settings;
  const { tape, graph, constant } = constants(parameters);
  const titles = historyLength * TITLE_COLUMNS.length;
  const contextAt = titles + HISTORY_COLUMNS.length * historyLength;
  const width = contextAt + CONTEXT_COLUMNS.length;
  const features = graph.input(TOWER_INPUT, 'real', ['rows', width]);
  const perTitle = graph.integers(-1, TITLE_COLUMNS.length);
  const had = graph.node(
    'Reshape',
    [columnsOf(graph, features, 0, titles), perTitle],
    ['had', TITLE_COLUMNS.length],
  );
  const inputs = titleInput(graph, constant, had);
  if (settings.blocks > 0) {
    graph.output(TOWER_OUTPUT, newestOf(tape, settings, constant, had, inputs));
    return graph.encode(USER_TOWER);
  }
  const z = graph.node('Reshape', [inputs, graph.integers(-1, historyLength, d)], ['rows', historyLength, d]);
  const mean = (place: number): Value => {
    const from = titles + place * historyLength;
    const weights = columnsOf(graph, features, from, from + historyLength);
    const own = graph.node('Unsqueeze', [weights, graph.integers(1)], ['rows', 1, historyLength]);
    const sum = graph.node('MatMul', [own, z], ['rows', 1, d]);
    return graph.node('Reshape', [sum, graph.integers(-1, d)], ['rows', d]);
  };
  const context = columnsOf(graph, features, contextAt, width);
  graph.output(TOWER_OUTPUT, userTower(tape, constant, mean(0), mean(1), context));
  return graph.encode(USER_TOWER);
}

/**
 * The sequence network at the newest title of each history.
 * @param had rows of TITLE_COLUMNS, [rows · historyLength, columns]: first those with a title, then empty ones, which nobody before them sees
 * @param z of them, [rows · historyLength, d]
 */
function newestOf(
  tape: Tape,
  settings: SequenceTower,
  constant: (name: string) => Value,
  had: Value,
  z: Value,
): Value {
  const { graph } = tape;
  const { dimensions: d, historyLength: length } = settings;
  const number = (condition: Value): Value => graph.node('Cast', [condition], condition.shape, { to: 1 });
  const byPlace = ['rows', length];
  const most = graph.node('ReduceMax', [had, graph.integers(1)], ['had'], { keepdims: 0 });
  const highest = graph.node('Reshape', [most, graph.integers(-1, length)], byPlace);
  const there = number(graph.node('GreaterOrEqual', [highest, graph.number(0)], byPlace));
  const count = graph.node('ReduceSum', [there, graph.integers(1)], ['rows', 1], { keepdims: 1 });
  const ordinals = graph.tensor(
    'ordinals',
    Float32Array.from({ length }, (_, place) => 1 + place),
    [1, length],
  );
  const newest = number(graph.node('Equal', [count, ordinals], byPlace));
  const places = graph.indices(
    'places from 0',
    Uint32Array.from({ length }, (_, place) => place),
  );
  const { causal, distances } = pairsOf(length);
  const hidden = network(tape, sequenceSettings(settings), constant, z, {
    places: graph.node(
      'Reshape',
      [graph.node('Expand', [places, graph.shapeTensor(byPlace)], byPlace), graph.integers(-1)],
      ['had'],
    ),
    causal: graph.tensor('causal', causal, [length, length]),
    distances: graph.indices('distances', distances),
    ...{ batch: 'rows', length },
  });
  const histories = graph.node('Reshape', [hidden, graph.integers(-1, length, d)], ['rows', length, d]);
  const chosen = graph.node('Unsqueeze', [newest, graph.integers(1)], ['rows', 1, length]);
  const last = graph.node('MatMul', [chosen, histories], ['rows', 1, d]);
  return finalNorm(tape, constant, graph.node('Reshape', [last, graph.integers(-1, d)], ['rows', d]));
}

export function exportTitleTower({ parameters }: TrainedTowers): Uint8Array {
  const { tape, graph, constant } = constants(parameters);
  const features = graph.input(TOWER_INPUT, 'real', ['rows', TITLE_COLUMNS.length]);
  graph.output(TOWER_OUTPUT, titleTower(tape, constant, titleInput(graph, constant, features)));
  return graph.encode(TITLE_TOWER);
}

/** Rows of TITLE_COLUMNS → z [n, d]: the mean of a title's features, and its id where it has one; zeros for one that has neither. */
function titleInput(graph: GraphBuilder, constant: (name: string) => Value, features: Value): Value {
  const table = constant('features');
  const d = table.shape[1]!;
  // 1 where there is a number, which is a whole one and exact as a float.
  const present = (part: Value): Value => {
    const known = graph.node('GreaterOrEqual', [part, graph.number(0)], part.shape);
    return graph.node('Cast', [known], part.shape, { to: 1 });
  };
  const numbers = (part: Value): Value =>
    graph.node('Cast', [graph.node('Relu', [part], part.shape)], part.shape, { to: 7 });
  const id = columnsOf(graph, features, 0, 1);
  const row = graph.node('Reshape', [numbers(id), graph.integers(-1)], ['n']);
  const ids = graph.node('Gather', [constant('ids'), row], ['n', d], { axis: 0 });
  const named = graph.node('Mul', [ids, present(id)], ['n', d]);
  const slots = columnsOf(graph, features, 1, TITLE_COLUMNS.length);
  const own = present(slots);
  const shape = ['n', FEATURES_PER_TITLE, d];
  const vectors = graph.node('Gather', [table, numbers(slots)], shape, { axis: 0 });
  const wide = graph.node('Unsqueeze', [own, graph.integers(2)], ['n', FEATURES_PER_TITLE, 1]);
  const masked = graph.node('Mul', [vectors, wide], shape);
  const sum = graph.node('ReduceSum', [masked, graph.integers(1)], ['n', d], { keepdims: 0 });
  const count = graph.node('ReduceSum', [own, graph.integers(1)], ['n', 1], { keepdims: 1 });
  const atLeastOne = graph.node('Max', [count, graph.number(1)], ['n', 1]);
  const content = graph.node('Div', [sum, atLeastOne], ['n', d]);
  return graph.node('Add', [content, named], ['n', d]);
}

/** Of all titles training has seen: `vectors` [items.length, d], what the exported tower gives, item indices beside them. */
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
  /** By item, as the interactions name them. */
  readonly titleIds: readonly TitleId[];
  /** Of the manifest, beside what training says of itself. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Written as evaluation.json, beside the validation. */
  readonly evaluation?: Readonly<Record<string, unknown>>;
}

/**
 * Both folders, or none.
 * @returns their paths. @throws Error when that version exists already
 */
export async function writeTowers(
  modelsFolder: string,
  towers: TrainedTowers,
  { titleIds, evaluation, metrics, ...release }: TowerRelease,
): Promise<{ readonly title: string; readonly user: string }> {
  const { settings, items, validationNdcg, epochs } = towers;
  const known = new TextEncoder().encode(JSON.stringify(Array.from(items.items, (item) => titleIds[item]!)));
  const common = {
    ...release,
    output: { name: TOWER_OUTPUT, dimensions: settings.dimensions },
    featureViews: {},
    metrics: { epochs, ...(validationNdcg === undefined ? {} : { validationNdcg }), ...metrics },
    parameters: {
      ...settings,
      contentVersion: TITLE_CONTENT_VERSION,
      titles: items.items.length,
      titlesChecksum: sha256(known),
    },
  };
  const evaluated = { validation: { 'ndcg@10': validationNdcg ?? null }, ...evaluation };
  const title = await writeModelFolder(modelsFolder, {
    onnx: exportTitleTower(towers),
    manifest: {
      ...common,
      name: TITLE_TOWER,
      input: { name: TOWER_INPUT, columns: [...TITLE_COLUMNS] },
    },
    evaluation: evaluated,
  });
  try {
    const { checksum } = (await readModelFolder(title)).manifest;
    const user = await writeModelFolder(modelsFolder, {
      onnx: exportUserTower(towers),
      manifest: {
        ...common,
        name: USER_TOWER,
        input: { name: TOWER_INPUT, columns: userColumns(settings.historyLength) },
        parameters: { ...common.parameters, titleChecksum: checksum },
      },
      evaluation: evaluated,
      files: { [TITLES_FILE]: known },
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

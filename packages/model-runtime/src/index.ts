/**
 * The model runtime's port: scores matrices with a versioned model, away from the event loop. Running a model
 * blocks its thread, so each session lives in a worker thread of its own, and requests wait in a bounded queue.
 */
import type { ModelVersion } from '@marquee/domain';
import type { Component, Deadline } from '@marquee/service-kit';

/** Rows of one request. */
export const MAX_ROWS = 100_000;

export interface ScoringRequest {
  /** Row-major, `rows × columns`; the runtime takes a copy. */
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly deadline?: Deadline;
}

export interface Predictions {
  /** One probability of a qualified watch per row, as the model gives it: also NaN, which callers let sink. */
  readonly probability: Float32Array;
  /**
   * What each title is worth to the viewer: what the model orders by, where its manifest names such an output. Comparable within one request
   * of one model version, with nothing else.
   */
  readonly value?: Float32Array;
  /** The version that said so; `current` may be another by the time the answer is there. */
  readonly model: ModelVersion;
}

export interface ModelRuntime extends Component {
  /** The version that answers now; undefined until one is loaded. */
  readonly current: ModelVersion | undefined;
  /**
   * What the model says of each row.
   * @throws as `score`
   */
  predict(request: ScoringRequest): Promise<Predictions>;
  /**
   * The probabilities alone.
   * @throws MarqueeError BAD_USER_INPUT when columns differ from the manifest or there are more than MAX_ROWS,
   *   OVERLOADED, DEADLINE_EXCEEDED, DEPENDENCY_UNAVAILABLE when no model is loaded or its thread died.
   */
  score(request: ScoringRequest): Promise<Float32Array>;
  /**
   * Loads a model folder (`model.onnx`, `manifest.json`), warms it, then swaps: requests in flight finish on
   * the old one. A model that is refused changes nothing.
   * @throws MarqueeError MODEL_INCOMPATIBLE saying how checksum, inputs or feature views differ.
   */
  load(folder: string): Promise<ModelVersion>;
}

/** The same for models that turn a row into a vector. */
export interface VectorRuntime extends Component {
  /** The version that answers now; undefined until one is loaded. */
  readonly current: ModelVersion | undefined;
  /**
   * @returns one vector per row, `rows × output.dimensions`, row-major
   * @throws as `ModelRuntime.score`
   */
  embed(request: ScoringRequest): Promise<Float32Array>;
  /** @throws as `ModelRuntime.load` */
  load(folder: string): Promise<ModelVersion>;
}

export * from './manifest.ts';
export { inputDifferences, readModelFolder, type ServedInputs, type VerifiedModel } from './model-folder.ts';
export {
  COLLABORATIVE_MODEL_KEY,
  createModelFollower,
  type ModelFollowerOptions,
  RANKING_MODEL_KEY,
  TWO_TOWER_MODEL_KEY,
  TWO_TOWER_VECTORS_KEY,
} from './model-follower.ts';
export { incompatibleModel, readManifestAs, readVersionFile } from './version-files.ts';

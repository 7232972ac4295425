/** The embedded profile's model runtime. */
import type { ModelRuntime, VectorRuntime } from '../index.ts';
import { OnnxRuntime, type OnnxRuntimeOptions } from './onnx-runtime.ts';

export type { OnnxRuntimeOptions };

export function createOnnxRuntime(options: OnnxRuntimeOptions): ModelRuntime {
  return new OnnxRuntime(options);
}

/** For models whose manifest names `output.dimensions`. */
export function createOnnxVectorRuntime(options: OnnxRuntimeOptions): VectorRuntime {
  return new OnnxRuntime(options);
}

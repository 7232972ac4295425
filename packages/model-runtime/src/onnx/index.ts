/** The embedded profile's model runtime. */
import type { ModelRuntime } from '../index.ts';
import { OnnxRuntime, type OnnxRuntimeOptions } from './onnx-runtime.ts';

export type { OnnxRuntimeOptions };

export function createOnnxRuntime(options: OnnxRuntimeOptions): ModelRuntime {
  return new OnnxRuntime(options);
}

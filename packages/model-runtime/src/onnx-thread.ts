/**
 * Threads that load onnxruntime. Since 1.29 its official builds for Linux and macOS report on themselves to Microsoft unless they are
 * told not to: the models' file names, producers and hashes, how long they take, and an id of the machine, which is kept in the home
 * directory (onnxruntime's docs/Privacy.md; microsoft/onnxruntime#27379). What a service's models are called is nobody's business,
 * and nothing here speaks to anybody who was not named in the settings.
 */
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * To be called in the main thread: what another one writes into its environment, native code does not see.
 * An installation that wants to report sets ORT_DISABLE_TELEMETRY=0.
 */
export function startOnnxThread(file: URL, options: WorkerOptions): Worker {
  // Read when the library is first loaded, for the life of the process.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  return new Worker(file, options);
}

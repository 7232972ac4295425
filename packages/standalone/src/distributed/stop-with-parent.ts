/**
 * Loaded into every process that the supervisor starts, before its own code: stops it, as SIGTERM would, when the
 * supervisor is no more. Killed with -9 the supervisor cannot stop anybody, but the pipe that it holds is closed for it.
 */
import { isMainThread } from 'node:worker_threads';

// Threads load it, too, and have an input of their own that has ended.
if (isMainThread) {
  process.stdin.once('close', () => process.kill(process.pid, 'SIGTERM'));
  process.stdin.on('error', () => process.stdin.destroy());
  process.stdin.resume();
  // A process that ends by itself does not wait for that.
  (process.stdin as typeof process.stdin & { unref?(): void }).unref?.();
}

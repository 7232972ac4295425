/**
 * Loaded into every process that the supervisor starts, before its own code: stops it, as SIGTERM would, when the
 * supervisor is no more. Killed with -9 the supervisor cannot stop anybody, but the pipe that it holds is closed for it.
 */
process.stdin.once('close', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.on('error', () => process.stdin.destroy());
process.stdin.resume();
// A process that ends by itself does not wait for that.
(process.stdin as typeof process.stdin & { unref?(): void }).unref?.();

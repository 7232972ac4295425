/** What Node has compiled, kept from one start to the next. */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Most of a start is reading our own code and the libraries'; whoever starts again need not wait for it twice. It is for the
 * threads and children of this process as well, which know of it by their environment only: a thread of theirs that takes the types out
 * of a hundred files first takes three times as long to start, and WebAssembly of many short threads has ended whole
 * processes (V8's `jit_page.has_value()`, nodejs/node#64500).
 *
 * Where NODE_COMPILE_CACHE or NODE_DISABLE_COMPILE_CACHE say something, that holds. Otherwise the folder is the user's own, not the temporary one
 * that others may write to: what lies there is run.
 * @returns the folder; undefined where none can be used, which costs time and nothing else.
 */
export function keepCompiledCode(environment: NodeJS.ProcessEnv): string | undefined {
  const caches = environment.XDG_CACHE_HOME || join(homedir(), '.cache');
  const { directory } = enableCompileCache(
    environment.NODE_COMPILE_CACHE || join(caches, 'marquee', 'compiled'),
  );
  if (directory !== undefined) environment.NODE_COMPILE_CACHE ||= directory;
  return directory;
}

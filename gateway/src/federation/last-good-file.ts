/** The supergraph that served last, on the gateway's own disk: what it starts with when nobody can be asked. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface LastGoodFile {
  readonly path: string;
  /** Undefined when there is none. */
  read(): Promise<string | undefined>;
  /** Whole or not at all. */
  write(sdl: string): Promise<void>;
}

export function lastGoodFile(path: string): LastGoodFile {
  return {
    path,
    async read() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(sdl) {
      await mkdir(dirname(path), { recursive: true });
      const part = `${path}.${process.pid}.part`;
      await writeFile(part, sdl);
      await rename(part, path);
    },
  };
}

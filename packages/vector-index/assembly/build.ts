/**
 * Compiles the scan kernel: `npm run build:wasm -w @marquee/vector-index`. The result is checked in, so that
 * nobody needs the compiler to run Marquee; a test recompiles it and compares the bytes.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

export const KERNEL_URL = new URL('../src/exact/scan.wasm', import.meta.url);

export async function compileKernel(): Promise<Uint8Array> {
  const source = await readFile(new URL('./scan.ts', import.meta.url), 'utf8');
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      'scan.ts',
      ...['--outFile', 'scan.wasm'],
      ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert', '--runtime', 'stub'],
      ...['--enable', 'simd', '--enable', 'threads'],
      // The memory is the storage: made by the main thread, shared with the worker.
      ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
    ],
    {
      readFile: (name) => (name === 'scan.ts' ? source : null),
      writeFile: (_, contents) => {
        binary = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary)
    throw new Error(`the kernel does not compile: ${error?.message} ${stderr.toString()}`);
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(KERNEL_URL, await compileKernel());

/**
 * Compiles the training kernels: `npm run build:wasm -w @marquee/training`. The result is checked in, so that nobody
 * needs the compiler to run Marquee; a test recompiles it and compares the bytes.
 *
 * Relaxed SIMD gives the fused multiply-add. Where a processor has none, products are rounded before they are added, so
 * results are the same on every run of one machine, and may differ in the last bits between kinds of machines.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

export const KERNELS_URL = new URL('../src/kernels/kernels.wasm', import.meta.url);
const SOURCES = [
  'kernels.ts',
  'symmetric-inverse.ts',
  'least-squares.ts',
  'histograms.ts',
  'boosting-gradients.ts',
  'tree-rows.ts',
];

export async function compileKernels(): Promise<Uint8Array> {
  const sources = new Map<string, string>();
  for (const name of SOURCES)
    sources.set(name, await readFile(new URL(`./${name}`, import.meta.url), 'utf8'));
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      'kernels.ts',
      ...['--outFile', 'kernels.wasm'],
      ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert', '--runtime', 'stub'],
      ...['--enable', 'simd', '--enable', 'relaxed-simd', '--enable', 'threads'],
      // Made by the main thread at the size a training needs, shared by its threads.
      ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
    ],
    {
      readFile: (name) => sources.get(name) ?? null,
      writeFile: (_, contents) => {
        binary = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`the kernels do not compile: ${error?.message} ${stderr.toString()}`);
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(KERNELS_URL, await compileKernels());

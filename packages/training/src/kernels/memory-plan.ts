/** Lays out one shared memory before it is made, and gives typed views of it after. */
import { MarqueeError } from '@marquee/service-kit';
import { Memory, type SharedMemory } from './webassembly.ts';

const PAGE_BYTES = 65_536;
/** What 32-bit WebAssembly can address: 4 GiB. */
const MAX_BYTES = 65_536 * PAGE_BYTES;
/** Regions begin on a cache line. The first stays empty, so that no address is 0. */
const LINE = 64;

export interface Region {
  /** Address in bytes. */
  readonly at: number;
  readonly bytes: number;
}

export interface MemoryPlan {
  region(bytes: number): Region;
  /** @throws MarqueeError BAD_USER_INPUT naming what does not fit */
  allocate(what: string): SharedMemory;
}

export function createMemoryPlan(): MemoryPlan {
  let next = LINE;
  return {
    region(bytes) {
      const at = next;
      next = Math.ceil((next + bytes) / LINE) * LINE;
      return { at, bytes };
    },
    allocate(what) {
      const gigabytes = (next / 1e9).toFixed(1);
      if (next > MAX_BYTES) {
        throw new MarqueeError(
          'BAD_USER_INPUT',
          `${what} needs ${gigabytes} GB of working memory; at most 4.2 GB can be used`,
        );
      }
      const pages = Math.ceil(next / PAGE_BYTES);
      try {
        return new Memory({ initial: pages, maximum: pages, shared: true });
      } catch (cause) {
        throw new MarqueeError('BAD_USER_INPUT', {
          message: `${what} needs ${gigabytes} GB of working memory, which this machine does not give`,
          cause,
        });
      }
    },
  };
}

export function words(memory: SharedMemory, { at, bytes }: Region): Uint32Array {
  return new Uint32Array(memory.buffer, at, bytes / 4);
}

export function floats(memory: SharedMemory, { at, bytes }: Region): Float32Array {
  return new Float32Array(memory.buffer, at, bytes / 4);
}

export function doubles(memory: SharedMemory, { at, bytes }: Region): Float64Array {
  return new Float64Array(memory.buffer, at, bytes / 8);
}

/**
 * Random zeros and ones for drop-out, drawn once: a mask is a stretch of them from a random place. Drawing new bits for every
 * mask would cost as much as the network; stretches of four million begin alike almost never.
 */
import type { Random } from '@marquee/domain';
import type { TensorValue } from './graph-messages.ts';

const LEAST_BYTES = 1 << 22;

export interface MaskBank {
  /** @throws RangeError for more than `largest` numbers */
  draw(dims: readonly number[], random: Random): TensorValue;
}

/** @param kept share of ones @param largest numbers of one mask at most */
export function createMaskBank(kept: number, largest: number, random: Random): MaskBank {
  const bytes = new Uint8Array(new SharedArrayBuffer(Math.max(LEAST_BYTES, 2 * largest)));
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number(random.next() < kept);
  return {
    draw(dims, draws) {
      const length = dims.reduce((size, next) => size * next, 1);
      if (length > bytes.length) throw new RangeError(`a mask of ${length} numbers is larger than announced`);
      const from = draws.integer(bytes.length - length + 1);
      return { data: bytes.subarray(from, from + length), dims };
    },
  };
}

/** Where seeds and slate ids come from. */
import { randomBytes } from 'node:crypto';
import { createRandom } from '@marquee/domain';
import type { SlateEntropy } from '../dependencies.ts';

export const systemEntropy: SlateEntropy = {
  seed: () => randomBytes(4).readInt32LE(),
  slateId: () => randomBytes(12).toString('base64url'),
};

/** Repeatable, for tests and golden files. */
export function seededEntropy(seed: number): SlateEntropy {
  const random = createRandom(seed);
  return {
    seed: () => random.integer(2 ** 31),
    slateId: () =>
      Buffer.from(Uint8Array.from({ length: 12 }, () => random.integer(256))).toString('base64url'),
  };
}

/**
 * Randomness addressed by coordinates: the same integers always give the same number, whatever was drawn before.
 * This is how a profile's taste or its sessions of one day are made on demand instead of being kept. The mixing is
 * MurmurHash3's finaliser, applied once per coordinate.
 */
function scramble(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** An unsigned 32-bit integer. */
export function mix(a: number, b: number, c = 0): number {
  return scramble(scramble(scramble((a + 0x9e3779b9) | 0) ^ b) ^ Math.imul(c, 0x27d4eb2f)) >>> 0;
}

/** Uniform in [0, 1). */
export function uniformAt(a: number, b: number, c = 0): number {
  return mix(a, b, c) * 2.3283064365386963e-10;
}

/** About normal with mean 0 and deviation 1: the sum of four uniforms, which is enough for hidden traits. */
export function normalAt(a: number, b: number, c = 0): number {
  const first = mix(a, b, c);
  const second = mix(first, b, c);
  const sum = (first & 0xffff) + (first >>> 16) + (second & 0xffff) + (second >>> 16);
  return (sum / 65_536 - 2) * 1.7320508;
}

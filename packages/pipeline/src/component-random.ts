/**
 * One stream of random numbers per run and component, so that drawing more in one stage changes no other, and
 * adding a stage changes none of those that were there. The generator is sfc32 (Chris Doty-Humphrey,
 * PractRand); it is written out here because the engine depends on nothing.
 */

/** 32-bit FNV-1a over UTF-16 code units: a component's name as a number, computed once per pipeline. */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** Uniform in [0, 1), from 32 random bits. All 53 bits of an integer seed matter. */
export function componentRandom(seed: number, hash: number): () => number {
  let a = seed | 0;
  let b = Math.floor(seed / 4_294_967_296) | 0;
  let c = hash | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) * 2.3283064365386963e-10;
  };
  // Close seeds give close first numbers; twelve rounds are what the author advises.
  for (let round = 0; round < 12; round++) next();
  return next;
}

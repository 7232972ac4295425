/**
 * How threads share the chunks of one kernel after another, in a few words of shared memory: no message is sent, and nobody
 * waits for a thread that is slow to wake. Tickets are chunk numbers that go on from kernel to kernel, so a thread that is late finds the
 * tickets of its work gone, and can never take one of the next.
 */

/** A kernel's name by its number, and as many parameters as any has. */
export interface Work {
  readonly kernel: number;
  /** Tickets from `first` to before `end`. */
  readonly first: number;
  readonly end: number;
  readonly parameters: readonly number[];
}

export interface SharedWork {
  readonly words: Int32Array;
  readonly parameters: Float64Array;
}

const GENERATION = 0;
const NEXT = 1;
const DONE = 2;
const KERNEL = 3;
const FIRST = 4;
const END = 5;
const COUNT = 6;
const MAX_PARAMETERS = 24;

export function createSharedWork(): SharedWork {
  return {
    words: new Int32Array(new SharedArrayBuffer(32)),
    parameters: new Float64Array(new SharedArrayBuffer(8 * MAX_PARAMETERS)),
  };
}

/** Only when everything before is done. */
export function publish(
  { words, parameters }: SharedWork,
  kernel: number,
  chunks: number,
  given: readonly number[],
): Work {
  const first = Atomics.load(words, NEXT);
  const end = first + chunks;
  // Odd while being written.
  Atomics.add(words, GENERATION, 1);
  Atomics.store(words, KERNEL, kernel);
  Atomics.store(words, FIRST, first);
  Atomics.store(words, END, end);
  Atomics.store(words, COUNT, given.length);
  parameters.set(given);
  Atomics.add(words, GENERATION, 1);
  Atomics.notify(words, GENERATION);
  return { kernel, first, end, parameters: given };
}

/** Waits for work after a generation. */
export function nextWork(
  { words, parameters }: SharedWork,
  seen: number,
): { work: Work; generation: number } {
  for (;;) {
    const generation = Atomics.load(words, GENERATION);
    if (generation === seen || generation % 2 !== 0) {
      Atomics.wait(words, GENERATION, generation);
      continue;
    }
    const work: Work = {
      kernel: Atomics.load(words, KERNEL),
      first: Atomics.load(words, FIRST),
      end: Atomics.load(words, END),
      parameters: Array.from(parameters.subarray(0, Atomics.load(words, COUNT))),
    };
    if (Atomics.load(words, GENERATION) === generation) return { work, generation };
  }
}

/** @returns a chunk's number, or −1 when all are taken */
export function takeChunk({ words }: SharedWork, { first, end }: Work): number {
  for (;;) {
    const ticket = Atomics.load(words, NEXT);
    if (ticket >= end) return -1;
    if (Atomics.compareExchange(words, NEXT, ticket, ticket + 1) === ticket) return ticket - first;
  }
}

export function finishChunk({ words }: SharedWork, { end }: Work): void {
  if (Atomics.add(words, DONE, 1) + 1 === end) Atomics.notify(words, DONE);
}

/** @returns whether all chunks are done within the time */
export function awaitDone({ words }: SharedWork, { end }: Work, milliseconds: number): boolean {
  const done = Atomics.load(words, DONE);
  if (done >= end) return true;
  Atomics.wait(words, DONE, done, milliseconds);
  return Atomics.load(words, DONE) >= end;
}

/**
 * How long one operation takes when nothing is in its way, from the times it took. Pure.
 *
 * It falls quickly and rises slowly, and rises only on times of requests that had nobody beside them: under a lasting
 * overload everything takes long, and a baseline that followed would call that normal. Under pressure nobody is alone
 * by chance, so that a few are let through alone now and then (`admission-control.ts`): an operation that has really
 * become slower is noticed all the same.
 */

const FALL = 0.1;
/** By the company a request had. A trial is rare and made to be learnt from. */
const RISE = { crowded: 0, alone: 0.01, trial: 0.2 } as const;
/** Who else was worked on at the same time: somebody, nobody by chance, nobody because it was arranged. */
export type Company = keyof typeof RISE;
/** What scheduling alone adds; keeps a millisecond more or less on a fast operation from looking like congestion. */
const NOISE_MS = 2;
/** So many times of its own before an operation is judged by them. */
const OWN_SAMPLES = 8;

export class ServiceTime {
  #baselineMs: number | undefined;
  #samples = 0;

  get samples(): number {
    return this.#samples;
  }

  /** @returns the time by the unhindered time, 1 for the first. */
  observe(durationMs: number, company: Company): number {
    this.#samples++;
    const baseline = this.#baselineMs ?? durationMs;
    const weight = durationMs < baseline ? FALL : RISE[company];
    this.#baselineMs = baseline + weight * (durationMs - baseline);
    return (durationMs + NOISE_MS) / (baseline + NOISE_MS);
  }
}

/**
 * Of one document. Its first times are judged by those of all new documents together: a client that never sends the
 * same one twice would otherwise never look slow.
 */
export class DocumentTime {
  readonly #own = new ServiceTime();
  readonly #ofNewDocuments: ServiceTime;

  constructor(ofNewDocuments: ServiceTime) {
    this.#ofNewDocuments = ofNewDocuments;
  }

  observe(durationMs: number, company: Company): number {
    const own = this.#own.observe(durationMs, company);
    return this.#own.samples > OWN_SAMPLES ? own : this.#ofNewDocuments.observe(durationMs, company);
  }
}

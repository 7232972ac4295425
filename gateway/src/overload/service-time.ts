/**
 * How long one operation takes when nothing is in its way, from the times it took. Pure.
 *
 * It falls quickly and rises slowly, and rises only on times of requests that had next to nobody beside them: under a
 * lasting overload everything takes long, and a baseline that followed would call that normal. Because the limit then
 * falls until few are worked on at once, an operation that has really become slower is noticed all the same.
 */

const FALL = 0.1;
const RISE = 0.01;
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

  /**
   * @param hindered whether more than a few others were worked on at the same time.
   * @returns the time by the unhindered time, 1 for the first.
   */
  observe(durationMs: number, hindered: boolean): number {
    this.#samples++;
    const baseline = this.#baselineMs ?? durationMs;
    const weight = durationMs < baseline ? FALL : hindered ? 0 : RISE;
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

  observe(durationMs: number, hindered: boolean): number {
    const own = this.#own.observe(durationMs, hindered);
    return this.#own.samples > OWN_SAMPLES ? own : this.#ofNewDocuments.observe(durationMs, hindered);
  }
}

/**
 * Which of several copies of a subgraph is asked next: the one with the fewest requests in flight among those that
 * have not just failed. A copy that failed is left alone for a moment that doubles with every further failure; when
 * all have failed, the one that has rested longest is tried, because an answer may be had and a refusal is certain. A copy
 * that has rested is tried by one request at a time, until it has answered one.
 */
export interface Endpoint {
  readonly url: string;
  inFlight: number;
  failures: number;
  /** Milliseconds of `performance.now()`; not asked before, while others can be. */
  restsUntil: number;
}

const FIRST_REST_MS = 250;
const MAX_REST_MS = 10_000;

export class Endpoints {
  readonly #endpoints: readonly Endpoint[];
  readonly #now: () => number;
  #turn = 0;

  /** @param now milliseconds of any clock that only goes forward. */
  constructor(urls: readonly string[], now: () => number) {
    this.#endpoints = urls.map((url) => ({ url, inFlight: 0, failures: 0, restsUntil: 0 }));
    this.#now = now;
  }

  /** Undefined only when all are in `except`. */
  choose(except: ReadonlySet<string> = new Set()): Endpoint | undefined {
    const now = this.#now();
    // Beginning elsewhere every time spreads ties.
    const start = this.#turn++ % this.#endpoints.length;
    let best: Endpoint | undefined;
    for (let i = 0; i < this.#endpoints.length; i++) {
      const candidate = this.#endpoints[(start + i) % this.#endpoints.length] as Endpoint;
      if (!except.has(candidate.url) && (best === undefined || isBetter(candidate, best, now)))
        best = candidate;
    }
    return best;
  }

  succeeded(endpoint: Endpoint): void {
    endpoint.failures = 0;
    endpoint.restsUntil = 0;
  }

  /** Requests that fail together are one failure: however many a copy takes with it, it may be back in a moment. */
  failed(endpoint: Endpoint): void {
    if (endpoint.restsUntil > this.#now()) return;
    endpoint.failures++;
    const rest = Math.min(MAX_REST_MS, FIRST_REST_MS * 2 ** Math.min(endpoint.failures - 1, 10));
    endpoint.restsUntil = this.#now() + rest;
  }

  /**
   * It has not answered for longer than it should take. Counts as a failure only while another copy is well: when all are
   * slow there is too much to do for all of them, and sending everything to one of them would make that worse. (Envoy
   * bounds the share of ejected hosts for the same reason.)
   */
  silent(endpoint: Endpoint): void {
    const now = this.#now();
    const othersAreWell = this.#endpoints.some(
      (other) => other !== endpoint && other.failures === 0 && other.restsUntil <= now,
    );
    if (othersAreWell) this.failed(endpoint);
  }

  /** How many could be asked now without hesitation, of how many. */
  health(): { readonly healthy: number; readonly all: number } {
    const now = this.#now();
    const healthy = this.#endpoints.filter(({ restsUntil }) => restsUntil <= now).length;
    return { healthy, all: this.#endpoints.length };
  }
}

function isLeftAlone({ restsUntil, failures, inFlight }: Endpoint, now: number): boolean {
  return restsUntil > now || (failures > 0 && inFlight > 0);
}

function isBetter(candidate: Endpoint, best: Endpoint, now: number): boolean {
  const candidateRests = isLeftAlone(candidate, now);
  const bestRests = isLeftAlone(best, now);
  if (candidateRests !== bestRests) return bestRests;
  if (candidateRests) return candidate.restsUntil < best.restsUntil;
  return candidate.inFlight < best.inFlight;
}

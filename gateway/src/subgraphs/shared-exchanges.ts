/**
 * One request for all who ask the same at the same time: while an answer is under way, whoever would send the same text
 * with the same rights waits for it too. Nothing is kept beyond that. What is shared is the text, because each answer
 * is taken over by the request that reads it.
 */
import type { Outcome, RunningExchange } from './exchange.ts';

interface Shared {
  /** When it is given up, in milliseconds of `performance.now()`. */
  readonly until: number;
  readonly outcome: Promise<Outcome>;
}

export class SharedExchanges {
  /** Only what is under way, so as many as there are requests at most. */
  readonly #running = new Map<string, Shared>();

  /**
   * @param key the same for what must be answered the same: text, and everything of who asks that the subgraph is told.
   * @param withinMs nobody waits longer than he may, and whoever finds that the one who asked got no answer asks for himself.
   */
  ask(key: string, withinMs: number, send: (withinMs: number) => RunningExchange): Promise<Outcome> {
    const until = performance.now() + withinMs;
    const running = this.#running.get(key);
    if (running !== undefined) return joined(running, until, withinMs, send);
    const { outcome } = send(withinMs);
    this.#running.set(key, { until, outcome });
    // It never rejects; and nobody who waits for it goes on before this.
    void outcome.then(() => {
      if (this.#running.get(key)?.outcome === outcome) this.#running.delete(key);
    });
    return outcome;
  }
}

async function joined(
  running: Shared,
  until: number,
  withinMs: number,
  send: (withinMs: number) => RunningExchange,
): Promise<Outcome> {
  const outcome = await (running.until <= until ? running.outcome : within(withinMs, running.outcome));
  // A timer may be early by a fraction of a millisecond, which is no time to ask again in.
  if (outcome === undefined) return { kind: 'late' };
  if (outcome.kind === 'answered') return outcome;
  const leftMs = Math.ceil(until - performance.now());
  return leftMs <= 0 ? { kind: 'late' } : send(leftMs).outcome;
}

/** Undefined when it does not come in time. */
function within(milliseconds: number, outcome: Promise<Outcome>): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), milliseconds);
    void outcome.then((result) => {
      clearTimeout(timer);
      resolve(result);
    });
  });
}

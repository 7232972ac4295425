/**
 * Answers that are being computed in this process, for whoever wants the same meanwhile. Nothing is kept here: once an
 * answer is there, or has come to nothing that may be kept, it is forgotten.
 */
import type { Found, Slot } from './response-store.ts';

/** Undefined: came to nothing that may be kept. */
type Text = string | undefined;

/** Names one answer over one state of what it was made from. */
export type Flight = string;

/** Whoever has read other versions may not be answered with it. */
export function flightOf({ owner, key }: Slot, { versions }: Pick<Found, 'versions'>): Flight {
  return `${owner ?? ''}\n${key}\n${versions}`;
}

export class PendingAnswers {
  readonly #running = new Map<Flight, Promise<Text>>();

  /** @returns undefined where nobody computes it. */
  of(flight: Flight): Promise<Text> | undefined {
    return this.#running.get(flight);
  }

  /**
   * Others may wait for these until the returned function is called, which has to be called whatever happens.
   * A flight that somebody else has begun stays his.
   */
  begin(flights: readonly Flight[]): (texts: readonly Text[]) => void {
    const begun = flights.map((flight) => {
      const { promise, resolve } = Promise.withResolvers<Text>();
      const mine = !this.#running.has(flight);
      if (mine) this.#running.set(flight, promise);
      return { flight, resolve, mine };
    });
    return (texts) => {
      for (const [at, { flight, resolve, mine }] of begun.entries()) {
        if (mine) this.#running.delete(flight);
        resolve(texts[at]);
      }
    };
  }
}

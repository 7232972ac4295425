/**
 * Searches of one turn of the event loop go to the scanning thread together: memory is what a scan waits for,
 * and a pass over it answers many queries for little more than one.
 */
import type { Neighbour, VectorQuery } from '../index.ts';

type Answers = readonly (readonly Neighbour[])[];

/** @param deadlineAt on `sharedNow`'s clock. */
export type SendSearch = (queries: readonly VectorQuery[], deadlineAt: number) => Promise<Answers>;

interface Gathering {
  readonly queries: VectorQuery[];
  deadlineAt: number;
  readonly answers: Promise<Answers>;
}

export class GatheredSearches {
  readonly #send: SendSearch;
  #gathering: Gathering | undefined;

  /** @param send is called once per turn, after the last search of it. */
  constructor(send: SendSearch) {
    this.#send = send;
  }

  /** One answer per query. The latest deadline of a gathering is the scan's; callers keep their own. */
  search(queries: readonly VectorQuery[], deadlineAt: number): Promise<Answers> {
    this.#gathering ??= this.#begin();
    const { answers, queries: gathered } = this.#gathering;
    const from = gathered.length;
    const to = gathered.push(...queries);
    this.#gathering.deadlineAt = Math.max(this.#gathering.deadlineAt, deadlineAt);
    return answers.then((all) => all.slice(from, to));
  }

  #begin(): Gathering {
    const queries: VectorQuery[] = [];
    const answers = Promise.resolve().then(() => {
      const { deadlineAt } = this.#gathering!;
      this.#gathering = undefined;
      return this.#send(queries, deadlineAt);
    });
    return { queries, deadlineAt: 0, answers };
  }
}

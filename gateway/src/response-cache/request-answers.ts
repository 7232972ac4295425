/**
 * One request's way through the response cache: what is there is not fetched, what is fetched and may be kept is kept. An
 * answer that is asked for by many at once is computed once in this process.
 */
import { beforeDeadline, type Deadline } from '@marquee/service-kit';
import type { KeepingAdvice, SubgraphResult } from '../data-source/data-source.ts';
import type { RequestAnswers } from '../executor/answer-keeping.ts';
import { type Data, isData } from '../executor/plan/data.ts';
import type { FetchStep } from '../executor/plan/steps.ts';
import type { Send } from '../executor/plan/wave.ts';
import { type EntityFetch, entitiesOf, fetchLeft } from './entities-left.ts';
import { type FetchPlace, variablesKey } from './fetch-place.ts';
import type { GuardedStore } from './guarded-store.ts';
import { adviceOf, answerIn, type Freshness, freshnessIn, withFreshness } from './kept-answer.ts';
import type { LocalAnswers } from './local-answers.ts';
import { type LookUp, lookUpsOf } from './look-ups.ts';
import { flightOf, type PendingAnswers } from './pending-answers.ts';
import type { Entry, Found, Slot } from './response-store.ts';

export type Lookup = 'hit' | 'shared' | 'local' | 'miss' | 'bypass';

export interface AnswerParts {
  readonly store: GuardedStore;
  readonly local: LocalAnswers;
  readonly pending: PendingAnswers;
  readonly maxEntryBytes: number;
  /** Milliseconds since 1970. */
  readonly time: () => number;
  counted(subgraph: string, kind: 'root' | 'entity', outcome: Lookup | 'stored', count: number): void;
}

export interface AnsweredRequest {
  readonly deadline: Deadline;
  /** The client wants nothing that was kept; what is fetched is kept for others. */
  readonly isRefresh: boolean;
  /** Undefined: the fetch goes past the cache. */
  placeOf(step: FetchStep): FetchPlace | undefined;
  /** Told of every kept answer that the request is answered with. */
  readonly answeredWith?: ((advice: KeepingAdvice) => void) | undefined;
}

export class QueryAnswers implements RequestAnswers {
  readonly #parts: AnswerParts;
  readonly #request: AnsweredRequest;
  readonly #lookUp: LookUp;

  constructor(parts: AnswerParts, request: AnsweredRequest) {
    this.#parts = parts;
    this.#request = request;
    this.#lookUp = lookUpsOf(parts.store);
  }

  through(send: Send): Send {
    return (step, variables) => {
      const place = this.#request.placeOf(step);
      const asked = variables.representations as readonly Data[] | undefined;
      if (place === undefined) {
        this.#count(step, 'bypass', asked?.length ?? 1);
        return send(step, variables);
      }
      return place.isOneByOne && asked !== undefined
        ? this.#entities(step, variables, asked, place, send)
        : this.#whole(step, variables, place, send);
    };
  }

  async finish(): Promise<void> {}

  async #whole(step: FetchStep, variables: Data, place: FetchPlace, send: Send): Promise<SubgraphResult> {
    const slot = place.slot(variablesKey(variables));
    const found = (await this.#lookUp([slot]))?.[0];
    if (found === undefined) {
      this.#count(step, 'bypass', 1);
      return send(step, variables);
    }
    const { isRefresh } = this.#request;
    if (found.text !== undefined && !isRefresh) {
      this.#count(step, 'hit', 1);
      return { data: this.#answer(found.text, place) as Data };
    }
    const { pending } = this.#parts;
    const flight = flightOf(slot, found);
    const others = isRefresh ? undefined : pending.of(flight);
    const text = others && (await this.#within(others));
    if (text !== undefined) {
      this.#count(step, 'shared', 1);
      return { data: this.#answer(text, place) as Data };
    }
    this.#count(step, 'miss', 1);
    const done = others === undefined ? pending.begin([flight]) : undefined;
    let kept: string | undefined;
    try {
      const result = await send(step, variables);
      const { ttlMs, freshness } = this.#lifeOf(result, place);
      if (ttlMs > 0 && isWhole(result)) {
        kept = this.#text(result.data, freshness);
        if (kept !== undefined) this.#keep(step, [{ slot, versions: found.versions, text: kept, ttlMs }]);
      }
      return result;
    } finally {
      done?.([kept]);
    }
  }

  async #entities(
    step: FetchStep,
    variables: Data,
    asked: readonly Data[],
    place: FetchPlace,
    send: Send,
  ): Promise<SubgraphResult> {
    const { local, pending } = this.#parts;
    const { isRefresh } = this.#request;
    const slots = place.slots(asked, variablesKey(variables, 'representations'));
    const answers: unknown[] = new Array(asked.length);
    const { era } = local;
    const fetch: EntityFetch = { step, variables, asked, answers };
    let open: number[] = [];
    for (const [i, slot] of slots.entries()) {
      const kept = isRefresh ? undefined : local.get(slot.key);
      if (kept === undefined) open.push(i);
      else {
        answers[i] = kept.value;
        this.#tell(kept, place);
      }
    }
    if (open.length < asked.length) this.#count(step, 'local', asked.length - open.length);
    if (open.length === 0) return { data: { _entities: answers } };

    const found = await this.#lookUp(open.map((i) => slots[i] as Slot));
    if (found === undefined) {
      this.#count(step, 'bypass', open.length);
      return fetchLeft(fetch, open, send);
    }
    const versions: string[] = [];
    const missing: number[] = [];
    for (const [at, i] of open.entries()) {
      const { text, versions: seen } = found[at] as Found;
      versions[i] = seen;
      if (text === undefined || isRefresh) missing.push(i);
      else {
        answers[i] = this.#answer(text, place);
        const restMs = freshnessIn(text).freshUntil - this.#parts.time();
        local.set((slots[i] as Slot).key, text, place.ttlMs(restMs), era);
      }
    }
    if (missing.length < open.length) this.#count(step, 'hit', open.length - missing.length);
    if (missing.length === 0) return { data: { _entities: answers } };

    const flights = missing.map((i) => flightOf(slots[i] as Slot, { versions: versions[i] as string }));
    const waited: { readonly i: number; readonly text: Promise<string | undefined> }[] = [];
    const mine: number[] = [];
    const mineFlights: string[] = [];
    for (const [at, i] of missing.entries()) {
      const others = isRefresh ? undefined : pending.of(flights[at] as string);
      if (others !== undefined) waited.push({ i, text: others });
      else {
        mine.push(i);
        mineFlights.push(flights[at] as string);
      }
    }
    this.#count(step, 'miss', mine.length);
    let result: SubgraphResult = { data: { _entities: answers } };
    if (mine.length > 0) {
      const done = pending.begin(mineFlights);
      const texts: (string | undefined)[] = [];
      try {
        result = await fetchLeft(fetch, mine, send);
        const { ttlMs, freshness } = this.#lifeOf(result, place);
        if (ttlMs > 0 && isWhole(result)) {
          const entries: Entry[] = [];
          for (const i of mine) {
            const text = isData(answers[i]) ? this.#text(answers[i], freshness) : undefined;
            texts.push(text);
            if (text === undefined) continue;
            const slot = slots[i] as Slot;
            local.set(slot.key, text, ttlMs, era);
            entries.push({ slot, versions: versions[i] as string, text, ttlMs });
          }
          this.#keep(step, entries);
        }
      } finally {
        done(texts);
      }
    }
    open = [];
    for (const { i, text } of waited) {
      const shared = await this.#within(text);
      if (shared === undefined) open.push(i);
      else answers[i] = this.#answer(shared, place);
    }
    if (open.length < waited.length) this.#count(step, 'shared', waited.length - open.length);
    // What was fetched here was put together before the others had answered.
    if (open.length === 0) return waited.length === 0 ? result : { ...result, data: entitiesOf(answers) };
    this.#count(step, 'miss', open.length);
    return fetchLeft(fetch, open, send, result.errors);
  }

  async #within(text: Promise<string | undefined>): Promise<string | undefined> {
    try {
      return await beforeDeadline(text, this.#request.deadline, 'an answer that is being computed');
    } catch {
      return undefined;
    }
  }

  #lifeOf({ keeping }: SubgraphResult, place: FetchPlace): { ttlMs: number; freshness: Freshness } {
    const freshMs = place.freshMs(keeping);
    const freshness = { freshUntil: this.#parts.time() + freshMs, isPrivate: keeping?.isPrivate === true };
    return { ttlMs: place.ttlMs(freshMs), freshness };
  }

  /** @param text as it is kept. */
  #answer(text: string, place: FetchPlace): unknown {
    this.#tell(freshnessIn(text), place);
    return JSON.parse(answerIn(text));
  }

  #tell(freshness: Freshness, place: FetchPlace): void {
    this.#request.answeredWith?.(adviceOf(freshness, this.#parts.time(), place.freshMs()));
  }

  #text(value: unknown, freshness: Freshness): string | undefined {
    const json = JSON.stringify(value);
    return json.length <= this.#parts.maxEntryBytes ? withFreshness(freshness, json) : undefined;
  }

  #keep(step: FetchStep, entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    void this.#parts.store.write(entries).then((written) => {
      if (written > 0) this.#count(step, 'stored', written);
    });
  }

  #count(step: FetchStep, outcome: Lookup | 'stored', count: number): void {
    if (count === 0) return;
    this.#parts.counted(step.subgraph, step.represent === undefined ? 'root' : 'entity', outcome, count);
  }
}

function isWhole({ data, errors }: SubgraphResult): boolean {
  return data !== null && data !== undefined && (errors === undefined || errors.length === 0);
}

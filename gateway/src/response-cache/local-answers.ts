/**
 * What every viewer may see, in the memory of this process for a few seconds: a page of titles is a few hundred entities,
 * and asking the shared store for each of them again and again would cost more than it saves.
 */
import { copyOf } from '../executor/plan/data.ts';
import { answerIn, type Freshness, freshnessIn } from './kept-answer.ts';

export interface LocalAnswersOptions {
  readonly maxEntries: number;
  /** How much later than others this process may notice that something has changed. 0: nothing is kept here. */
  readonly maxAgeMs: number;
  readonly now: () => number;
}

interface Kept {
  readonly text: string;
  /** Read when it is wanted for the first time. */
  read?: LocalAnswer;
  readonly until: number;
}

export interface LocalAnswer extends Freshness {
  readonly value: unknown;
}

export class LocalAnswers {
  readonly #options: LocalAnswersOptions;
  readonly #kept = new Map<string, Kept>();
  #clearings = 0;

  constructor(options: LocalAnswersOptions) {
    this.#options = options;
  }

  /** A copy of its own for whoever asks; undefined where there is none. */
  get(key: string): LocalAnswer | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    if (kept.until > this.#options.now()) {
      kept.read ??= { ...freshnessIn(kept.text), value: JSON.parse(answerIn(kept.text)) };
      return { ...kept.read, value: copyOf(kept.read.value) };
    }
    this.#kept.delete(key);
    return undefined;
  }

  /** What is asked of the store or of a subgraph from now on; to be handed back with what comes of it. */
  get era(): number {
    return this.#clearings;
  }

  /**
   * @param text of `withFreshness`. @param era when it began to be asked for: it is left out if all was forgotten since, because it
   *   may be as old as what was forgotten.
   */
  set(key: string, text: string, ttlMs: number, era: number): void {
    const { maxAgeMs, maxEntries, now } = this.#options;
    if (maxAgeMs === 0 || era !== this.#clearings) return;
    this.#kept.delete(key);
    this.#kept.set(key, { text, until: now() + Math.min(ttlMs, maxAgeMs) });
    if (this.#kept.size > maxEntries) this.#kept.delete(this.#kept.keys().next().value as string);
  }

  clear(): void {
    this.#clearings++;
    this.#kept.clear();
  }
}

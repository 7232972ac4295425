/**
 * What the subgraphs of one request said about keeping their answers, merged by the strictest: the answer that is made
 * of them may be kept no longer than any of them, and for nobody whom one of them was not meant for.
 */
import type { KeepingAdvice } from '../data-source/data-source.ts';
import type { CachePolicy } from './cache-policy.ts';
import { NOT_KEPT } from './cache-policy.ts';

export class AnswerAge {
  #maxAgeSeconds = Number.POSITIVE_INFINITY;
  #isPrivate = false;

  hear({ doNotKeep, isPrivate, maxAgeSeconds }: KeepingAdvice): void {
    const seconds = doNotKeep ? 0 : (maxAgeSeconds ?? Number.POSITIVE_INFINITY);
    this.#maxAgeSeconds = Math.min(this.#maxAgeSeconds, seconds);
    this.#isPrivate ||= isPrivate === true;
  }

  /** @param policy as the schema's hints have it; a subgraph never loosens them. */
  restrict(policy: CachePolicy): CachePolicy {
    const maxAgeSeconds = Math.min(policy.maxAgeSeconds, this.#maxAgeSeconds);
    if (maxAgeSeconds <= 0) return NOT_KEPT;
    return { maxAgeSeconds, scope: this.#isPrivate ? 'PRIVATE' : policy.scope };
  }
}

/**
 * Refuses documents that are too large before they are validated and planned. Verdicts are kept in a bounded
 * map by text, so that a known document costs one lookup.
 */
import { MarqueeError } from '@marquee/service-kit';
import { type DocumentNode, GraphQLError, parse } from 'graphql';
import { brokenLimit, type DocumentLimits, measureDocument } from './document-limits.ts';

const MAX_VERDICTS = 2_000;

export class DocumentAdmission {
  readonly #limits: DocumentLimits;
  readonly #verdicts = new Map<string, string | undefined>();

  constructor(limits: DocumentLimits) {
    this.#limits = limits;
  }

  /** @throws MarqueeError OPERATION_TOO_LARGE. What does not parse is admitted: Apollo Server reports it better. */
  admit(text: string): void {
    let verdict = this.#verdicts.get(text);
    if (verdict === undefined && !this.#verdicts.has(text)) {
      verdict = this.#judge(text);
      if (this.#verdicts.size >= MAX_VERDICTS) {
        this.#verdicts.delete(this.#verdicts.keys().next().value as string);
      }
      this.#verdicts.set(text, verdict);
    }
    if (verdict !== undefined) throw new MarqueeError('OPERATION_TOO_LARGE', verdict);
  }

  #judge(text: string): string | undefined {
    let document: DocumentNode;
    try {
      document = parse(text, { noLocation: true, maxTokens: this.#limits.maxTokens });
    } catch (error) {
      if (error instanceof GraphQLError && /more tha[nt] \d+ tokens/.test(error.message)) {
        return `The document has more than ${this.#limits.maxTokens} tokens.`;
      }
      // The only other thing a parser throws at nested input is a full stack.
      return error instanceof RangeError ? 'The document is nested too deep.' : undefined;
    }
    return brokenLimit(measureDocument(document), this.#limits);
  }
}

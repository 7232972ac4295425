/**
 * What is known of a document before anything is spent on it: whether it is too large to be validated and planned,
 * what its operations are worth when not everything can be answered, how long it takes. Kept in a bounded map by
 * text, so that a known document costs one lookup.
 */
import { type ErrorCode, MarqueeError } from '@marquee/service-kit';
import { type DocumentNode, GraphQLError, parse } from 'graphql';
import { type OperationCriticalities, operationCriticalities } from '../overload/criticality.ts';
import { DocumentTime, ServiceTime } from '../overload/service-time.ts';
import { brokenLimit, type DocumentLimits, measureDocument } from './document-limits.ts';
import { conditionedSubscription } from './subscription-roots.ts';

const MAX_DOCUMENTS = 2_000;
/** Longer texts are read every time: what is kept has to stay bounded, also when every text is as long as a body. */
const MAX_KEPT_CHARACTERS = 16_384;

export interface KnownDocument {
  /** Why it goes no further, in words for the client. */
  readonly refusal: { readonly code: ErrorCode; readonly message: string } | undefined;
  /** Absent when the document does not parse. */
  readonly criticalities: OperationCriticalities | undefined;
  readonly time: DocumentTime;
}

export class DocumentAdmission {
  readonly #limits: DocumentLimits;
  readonly #criticalFields: ReadonlySet<string>;
  readonly #documents = new Map<string, KnownDocument>();
  readonly #timeOfNewDocuments = new ServiceTime();

  /** @param criticalFields root fields of queries that go before others. */
  constructor(limits: DocumentLimits, criticalFields: ReadonlySet<string>) {
    this.#limits = limits;
    this.#criticalFields = criticalFields;
  }

  /**
   * @throws MarqueeError OPERATION_TOO_LARGE; GRAPHQL_VALIDATION_FAILED for what validation cannot say itself. What does not parse
   *   is admitted: Apollo Server reports it better.
   */
  admit(text: string): void {
    const { refusal } = this.read(text);
    if (refusal !== undefined) throw new MarqueeError(refusal.code, refusal.message);
  }

  read(text: string): KnownDocument {
    const known = this.#documents.get(text);
    if (known !== undefined) return known;
    const read = { ...this.#judge(text), time: new DocumentTime(this.#timeOfNewDocuments) };
    if (text.length > MAX_KEPT_CHARACTERS) return read;
    if (this.#documents.size >= MAX_DOCUMENTS) {
      this.#documents.delete(this.#documents.keys().next().value as string);
    }
    this.#documents.set(text, read);
    return read;
  }

  #judge(text: string): Omit<KnownDocument, 'time'> {
    let document: DocumentNode;
    try {
      document = parse(text, { noLocation: true, maxTokens: this.#limits.maxTokens });
    } catch (error) {
      return { refusal: refusalOf('OPERATION_TOO_LARGE', this.#unreadable(error)), criticalities: undefined };
    }
    const limit = brokenLimit(measureDocument(document), this.#limits);
    // Only once it is known to be small: fragments are followed here, too.
    const invalid = limit === undefined ? conditionedSubscription(document) : undefined;
    return {
      refusal: refusalOf('OPERATION_TOO_LARGE', limit) ?? refusalOf('GRAPHQL_VALIDATION_FAILED', invalid),
      criticalities: operationCriticalities(document, this.#criticalFields),
    };
  }

  #unreadable(error: unknown): string | undefined {
    if (error instanceof GraphQLError && /more tha[nt] \d+ tokens/.test(error.message)) {
      return `The document has more than ${this.#limits.maxTokens} tokens.`;
    }
    // The only other thing a parser throws at nested input is a full stack.
    return error instanceof RangeError ? 'The document is nested too deep.' : undefined;
  }
}

function refusalOf(code: ErrorCode, message: string | undefined): KnownDocument['refusal'] {
  return message === undefined ? undefined : { code, message };
}

/**
 * From what a request asks to what will be run: ids become texts, texts are held against what the client may run. Done
 * before anything else is spent on the document.
 */
import { type Logger, MarqueeError } from '@marquee/service-kit';
import { parse, print, stripIgnoredCharacters } from 'graphql';
import { blankLiterals } from '../sight/document-fields.ts';
import { type AutomaticPersistedQueries, sha256Of } from './automatic-persisted-queries.ts';
import type { DocumentIndex } from './document-index.ts';
import { allowsUnregistered, type DocumentPolicy } from './document-policy.ts';
import type { DocumentOutcome, DocumentUsage } from './document-usage.ts';
import type { RequestedDocument } from './requested-document.ts';
import type { TrustedOperation } from './trusted-operation.ts';

/** Who sends a document, as far as documents are concerned. */
export interface DocumentClient {
  readonly name: string;
  readonly version: string;
  readonly policy: DocumentPolicy;
  /** The name was proven: operations that were published for others are none of its own. */
  readonly proven: boolean;
}

export interface ResolvedDocument {
  /** Absent when the request names none; Apollo Server says so. */
  readonly text: string | undefined;
  /** What the text is registered as. */
  readonly operation: TrustedOperation | undefined;
}

export interface ResolutionOptions {
  readonly index: () => DocumentIndex;
  readonly automatic: AutomaticPersistedQueries | undefined;
  readonly usage: DocumentUsage;
  readonly logger: Logger;
}

type Decision = ResolvedDocument & { readonly outcome: DocumentOutcome };

/** Unregistered texts that are logged once each; more are counted only. */
const MAX_LOGGED = 1_000;
const MAX_LOGGED_TEXT = 500;
const MAX_LOGGED_TOKENS = 4_000;

export class DocumentResolution {
  readonly #options: ResolutionOptions;
  readonly #logged = new Set<string>();

  constructor(options: ResolutionOptions) {
    this.#options = options;
  }

  /**
   * @throws MarqueeError PERSISTED_QUERY_NOT_FOUND, PERSISTED_QUERY_NOT_SUPPORTED, PERSISTED_QUERY_HASH_MISMATCH,
   *   PERSISTED_QUERY_ID_REQUIRED, PERSISTED_QUERY_RETIRED, DOCUMENT_NOT_TRUSTED.
   */
  async resolve(asked: RequestedDocument, client: DocumentClient): Promise<ResolvedDocument> {
    const { usage } = this.#options;
    if (asked.id === undefined && asked.text === undefined) return { text: undefined, operation: undefined };
    try {
      const { outcome, ...resolved } = await this.#decide(asked, client);
      usage.count(resolved.operation, client, outcome);
      return resolved;
    } catch (error) {
      usage.count(this.#registered(asked, client), client, 'refused');
      throw error;
    }
  }

  async #decide(asked: RequestedDocument, client: DocumentClient): Promise<Decision> {
    const { id, text } = asked;
    const operation = this.#registered(asked, client);
    if (operation !== undefined) {
      if (text !== undefined && text !== operation.text) throw mismatch();
      refuseRetired(operation);
      return { text: operation.text, operation, outcome: 'id' };
    }
    if (text === undefined) return this.#automaticText(id ?? '', asked, client);
    if (asked.automatic && sha256Of(text) !== id) throw mismatch();
    const decision = this.#allowed(text, client);
    if (asked.automatic && allowsUnregistered(client.policy)) {
      await this.#options.automatic?.put(id ?? '', text);
    }
    return decision;
  }

  #registered({ id }: RequestedDocument, client: DocumentClient): TrustedOperation | undefined {
    return id === undefined ? undefined : this.#options.index().byId(id, scopeOf(client));
  }

  async #automaticText(id: string, asked: RequestedDocument, client: DocumentClient): Promise<Decision> {
    if (asked.automatic && allowsUnregistered(client.policy)) {
      const { automatic } = this.#options;
      if (automatic === undefined) {
        throw new MarqueeError('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported');
      }
      const text = await automatic.get(id);
      if (text !== undefined) {
        const { operation } = this.#allowed(text, client);
        return { text, operation, outcome: 'automatic' };
      }
    }
    // Word for word what clients with automatic persisted queries look for.
    throw new MarqueeError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
  }

  /** A text, held against the policy. */
  #allowed(text: string, client: DocumentClient): Decision {
    const { policy } = client;
    if (policy === 'ids') {
      throw new MarqueeError(
        'PERSISTED_QUERY_ID_REQUIRED',
        'This client may run registered documents by their ids alone; send an id instead of a text.',
      );
    }
    const index = this.#options.index();
    const operation =
      policy === 'open' ? index.byExactText(text, scopeOf(client)) : index.byText(text, scopeOf(client));
    if (operation !== undefined) {
      if (policy === 'safelist') refuseRetired(operation);
      return { text, operation, outcome: 'text' };
    }
    if (policy === 'safelist') {
      throw new MarqueeError('DOCUMENT_NOT_TRUSTED', 'This document is not registered for this client.');
    }
    if (policy === 'log') this.#log(text, client);
    return { text, operation: undefined, outcome: 'unregistered' };
  }

  #log(text: string, { name, version }: DocumentClient): void {
    const hash = sha256Of(text);
    if (this.#logged.has(hash) || this.#logged.size >= MAX_LOGGED) return;
    this.#logged.add(hash);
    this.#options.logger.warn(
      {
        client: name,
        version,
        documentHash: hash,
        document: withoutLiterals(text).slice(0, MAX_LOGGED_TEXT),
      },
      'a document that is not registered',
    );
  }
}

/** What somebody wrote into a document is nobody's to read in a log. Nothing of what is no GraphQL. */
function withoutLiterals(text: string): string {
  try {
    return stripIgnoredCharacters(
      print(blankLiterals(parse(text, { noLocation: true, maxTokens: MAX_LOGGED_TOKENS }))),
    );
  } catch {
    return '';
  }
}

function scopeOf({ name, proven }: DocumentClient): string | undefined {
  return proven ? name : undefined;
}

function mismatch(): MarqueeError {
  return new MarqueeError('PERSISTED_QUERY_HASH_MISMATCH', {
    message: 'The text that was sent is not the document that its id or hash stands for.',
    field: 'query',
  });
}

function refuseRetired({ id, retirement }: TrustedOperation): void {
  if (retirement === undefined) return;
  const why = retirement.reason === undefined ? '' : `: ${retirement.reason}`;
  throw new MarqueeError('PERSISTED_QUERY_RETIRED', `The document ${id} was retired${why}.`);
}

/**
 * Who uses which operation and, by that, which field. Counted per operation and client, which costs a request one look-up;
 * fields are worked out when somebody asks. Names and documents come from strangers, so there are only so many of both.
 */
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { OTHER } from './bounded-labels.ts';
import { fieldsOf, textWithoutLiterals } from './document-fields.ts';

/** As `npm run schema -- check --usage` reads it. */
export interface OperationUse {
  readonly operation: string;
  readonly document: string;
  readonly client: string;
  readonly version: string;
  readonly count: number;
}

export interface FieldUse {
  /** `Type.field`. */
  readonly field: string;
  readonly clients: readonly { readonly client: string; readonly version: string; readonly count: number }[];
}

export interface CountedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Of the document's text. */
  readonly documentHash: string;
}

export interface UsageClient {
  readonly name: string;
  readonly version: string;
}

export interface UsageCounterOptions {
  /** One of so many is counted, for all of them; 0: none. */
  readonly every: number;
  /** Operations whose text is kept. Default 2,000. */
  readonly operations?: number;
  /** Operations by clients. Default 10,000. */
  readonly entries?: number;
}

interface KnownOperation {
  readonly name: string;
  readonly text: string;
  readonly fields: readonly string[];
}

interface Entry {
  readonly operation: KnownOperation;
  readonly client: UsageClient;
  count: number;
}

const STRANGER: UsageClient = { name: OTHER, version: OTHER };
/** A longer text is not worth its memory: its fields are counted, the operation is not listed. */
const MAX_TEXT = 20_000;
const MAX_NAME = 100;

export class UsageCounter {
  readonly #every: number;
  readonly #maxOperations: number;
  readonly #maxEntries: number;
  readonly #operations = new Map<string, KnownOperation>();
  readonly #entries = new Map<string, Entry>();
  readonly #names = new Set<string>();
  /** Operations there was no room for. */
  #uncounted = 0;
  #seen = 0;

  constructor({ every, operations = 2_000, entries = 10_000 }: UsageCounterOptions) {
    this.#every = every;
    this.#maxOperations = operations;
    this.#maxEntries = entries;
  }

  count(counted: CountedOperation, client: UsageClient): void {
    if (this.#every === 0 || this.#seen++ % this.#every !== 0) return;
    const id = `${counted.documentHash} ${counted.operation.name?.value ?? ''}`;
    const operation = this.#operations.get(id) ?? this.#added(id, counted);
    if (operation === undefined) {
      this.#uncounted += this.#every;
      return;
    }
    const entry = this.#entryOf(id, operation, client);
    entry.count += this.#every;
  }

  /** Grows with every count: tells whether there is anything new. */
  get changes(): number {
    return this.#seen;
  }

  /** Of this process since it began. */
  operations(): readonly OperationUse[] {
    return [...this.#entries.values()].flatMap(({ operation, client, count }) =>
      operation.text === ''
        ? []
        : [
            {
              operation: operation.name,
              document: operation.text,
              client: client.name,
              version: client.version,
              count,
            },
          ],
    );
  }

  fields(): { readonly fields: readonly FieldUse[]; readonly uncounted: number } {
    const byField = new Map<string, Map<string, { client: string; version: string; count: number }>>();
    for (const { operation, client, count } of this.#entries.values()) {
      for (const field of operation.fields) {
        const clients = byField.get(field) ?? new Map();
        byField.set(field, clients);
        const key = JSON.stringify(client);
        const known = clients.get(key);
        if (known === undefined) clients.set(key, { client: client.name, version: client.version, count });
        else known.count += count;
      }
    }
    const fields = [...byField]
      .map(([field, clients]) => ({ field, clients: [...clients.values()] }))
      .sort((a, b) => (a.field < b.field ? -1 : 1));
    return { fields, uncounted: this.#uncounted };
  }

  #added(
    id: string,
    { schema, document, operation, documentHash }: CountedOperation,
  ): KnownOperation | undefined {
    if (this.#operations.size >= this.#maxOperations) return undefined;
    const text = textWithoutLiterals(document, operation);
    const known = {
      name: this.#nameFor(operation, documentHash),
      text: text.length > MAX_TEXT ? '' : text,
      fields: fieldsOf(schema, document, operation),
    };
    this.#operations.set(id, known);
    return known;
  }

  /** Whoever reads the report tells operations apart by their names, which different documents may share. */
  #nameFor({ name }: OperationDefinitionNode, documentHash: string): string {
    const own = (name?.value ?? 'anonymous').slice(0, MAX_NAME);
    const unique = name === undefined || this.#names.has(own) ? `${own}-${documentHash.slice(0, 12)}` : own;
    this.#names.add(unique);
    return unique;
  }

  #entryOf(id: string, operation: KnownOperation, client: UsageClient): Entry {
    const own = this.#entries.get(JSON.stringify([id, client.name, client.version]));
    if (own !== undefined) return own;
    // Clients are what is made up most easily: above the bound they are one. So there is one more for each operation at most.
    const kept =
      this.#entries.size >= this.#maxEntries ? STRANGER : { name: client.name, version: client.version };
    const key = JSON.stringify([id, kept.name, kept.version]);
    const entry = this.#entries.get(key) ?? { operation, client: kept, count: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}

/**
 * Who uses which operation and, by that, which field. Counted per operation and client, which costs a request two look-ups;
 * fields are worked out when somebody asks. Names and documents come from strangers, so there are only so many of both:
 * where there is no room, what was used least makes it, as in lossy counting (Manku and Motwani 2002), so that nobody who
 * makes up names keeps those from being counted that others really use.
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

export interface FieldReport {
  readonly fields: readonly FieldUse[];
  /** Runs of operations that are no longer told apart: there was no room for them. */
  readonly uncounted: number;
  /** Names of operations whose texts are too long to be kept: a check does not see them. */
  readonly unlisted: readonly string[];
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

interface KnownOperation extends Used {
  readonly name: string;
  /** Absent: too long. */
  readonly text: string | undefined;
  readonly fields: readonly string[];
  /** By name and version. */
  readonly clients: Map<string, ClientUse>;
}

interface ClientUse extends Used {
  readonly client: UsageClient;
}

interface Used {
  count: number;
  /** Which of all operations that were seen was the last of these. */
  lastAt: number;
}

const STRANGER: UsageClient = { name: OTHER, version: OTHER };
/** Of what is known, as much makes room at once: to look for it takes a look at all. */
const FORGOTTEN_SHARE = 1 / 4;
/** A longer text is not worth its memory: its fields are counted, the operation is not listed. */
const MAX_TEXT = 20_000;
const MAX_NAME = 100;

export class UsageCounter {
  readonly #every: number;
  readonly #maxOperations: number;
  readonly #maxEntries: number;
  readonly #operations = new Map<string, KnownOperation>();
  readonly #names = new Set<string>();
  /** Of all operations' clients, but for the one that stands for those without a place. */
  #entries = 0;
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
    const operation = this.#operations.get(id) ?? this.#addOperation(id, counted);
    this.#countOne(operation);
    this.#countOne(operation.clients.get(keyOf(client)) ?? this.#addClient(operation, client));
  }

  /** Grows with every count: tells whether there is anything new. */
  get changes(): number {
    return this.#seen;
  }

  /** Of this process since it began. */
  operations(): readonly OperationUse[] {
    return [...this.#operations.values()].flatMap(({ name, text, clients }) =>
      text === undefined
        ? []
        : [...clients.values()].map(({ client, count }) => ({
            operation: name,
            document: text,
            client: client.name,
            version: client.version,
            count,
          })),
    );
  }

  fields(): FieldReport {
    const byField = new Map<string, Map<string, { client: string; version: string; count: number }>>();
    for (const operation of this.#operations.values()) {
      for (const field of operation.fields) {
        const clients = byField.get(field) ?? new Map();
        byField.set(field, clients);
        for (const [key, { client, count }] of operation.clients) {
          const known = clients.get(key);
          if (known === undefined) clients.set(key, { client: client.name, version: client.version, count });
          else known.count += count;
        }
      }
    }
    const fields = [...byField]
      .map(([field, clients]) => ({ field, clients: [...clients.values()] }))
      .sort((a, b) => (a.field < b.field ? -1 : 1));
    const unlisted = [...this.#operations.values()].flatMap(({ name, text }) =>
      text === undefined ? [name] : [],
    );
    return { fields, uncounted: this.#uncounted, unlisted };
  }

  #countOne(used: Used): void {
    used.count += this.#every;
    used.lastAt = this.#seen;
  }

  #addOperation(id: string, { schema, document, operation, documentHash }: CountedOperation): KnownOperation {
    if (this.#operations.size >= this.#maxOperations) this.#forgetOperations();
    const text = textWithoutLiterals(document, operation);
    const known = {
      name: this.#nameFor(operation, documentHash),
      text: text.length > MAX_TEXT ? undefined : text,
      fields: fieldsOf(schema, document, operation),
      clients: new Map(),
      count: 0,
      lastAt: 0,
    };
    this.#operations.set(id, known);
    return known;
  }

  #forgetOperations(): void {
    for (const [id, { name, clients, count }] of leastUsed(this.#operations)) {
      this.#operations.delete(id);
      this.#names.delete(name);
      this.#entries -= clients.has(STRANGER_KEY) ? clients.size - 1 : clients.size;
      this.#uncounted += count;
    }
  }

  /** Whoever reads the report tells operations apart by their names, which different documents may share. */
  #nameFor({ name }: OperationDefinitionNode, documentHash: string): string {
    const own = (name?.value ?? 'anonymous').slice(0, MAX_NAME);
    const unique = name === undefined || this.#names.has(own) ? `${own}-${documentHash.slice(0, 12)}` : own;
    this.#names.add(unique);
    return unique;
  }

  #addClient(operation: KnownOperation, { name, version }: UsageClient): ClientUse {
    if (this.#entries >= this.#maxEntries) this.#forgetClients();
    const key = keyOf({ name, version });
    if (key !== STRANGER_KEY) this.#entries++;
    return added(operation, key, { name, version });
  }

  /** Clients are what is made up most easily: those without a place are one to each operation. */
  #forgetClients(): void {
    const all = [...this.#operations.values()].flatMap((operation) =>
      [...operation.clients]
        .filter(([key]) => key !== STRANGER_KEY)
        .map(([key, use]) => [{ operation, key }, use] as const),
    );
    for (const [{ operation, key }, { count, lastAt }] of leastUsed(all)) {
      operation.clients.delete(key);
      this.#entries--;
      const others = operation.clients.get(STRANGER_KEY) ?? added(operation, STRANGER_KEY, STRANGER);
      others.count += count;
      others.lastAt = Math.max(others.lastAt, lastAt);
    }
  }
}

const STRANGER_KEY = keyOf(STRANGER);

function keyOf({ name, version }: UsageClient): string {
  return JSON.stringify([name, version]);
}

function added(operation: KnownOperation, key: string, client: UsageClient): ClientUse {
  const use = { client, count: 0, lastAt: 0 };
  operation.clients.set(key, use);
  return use;
}

/** A share of them, at least one: the least used, and of those the longest unused. */
function leastUsed<Key, Value extends Used>(all: Iterable<readonly [Key, Value]>): (readonly [Key, Value])[] {
  const sorted = [...all].sort(([, a], [, b]) => a.count - b.count || a.lastAt - b.lastAt);
  return sorted.slice(0, Math.ceil(sorted.length * FORGOTTEN_SHARE));
}

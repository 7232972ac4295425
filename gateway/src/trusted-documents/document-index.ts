/** All registered operations of a moment, found by id and by text. Immutable: a reload makes another one. */
import { createHash } from 'node:crypto';
import { MarqueeError } from '@marquee/service-kit';
import { canonicalText, EVERYBODY, type TrustedOperation } from './trusted-operation.ts';

/** Layout and comments may make a client's text so much longer than the registered one. */
const MAX_LAYOUT_FACTOR = 4;
const HASHED = /^sha256:([0-9a-f]{64})$/i;

export class DocumentIndex {
  static readonly EMPTY = new DocumentIndex([]);
  readonly operations: readonly TrustedOperation[];
  readonly #byId = new Map<string, TrustedOperation>();
  readonly #byText = new Map<string, TrustedOperation[]>();
  readonly #byCanonicalHash = new Map<string, TrustedOperation[]>();
  readonly #longest: number;

  /** @throws MarqueeError CONFLICT naming an id that stands for different documents. */
  constructor(operations: readonly TrustedOperation[]) {
    for (const operation of operations) {
      const known = this.#byId.get(operation.id);
      if (known === undefined) this.#byId.set(operation.id, operation);
      else if (known.text === operation.text) this.#byId.set(operation.id, merged(known, operation));
      else {
        throw new MarqueeError(
          'CONFLICT',
          `the id ${operation.id} stands for different documents: ${known.name} and ${operation.name}`,
        );
      }
    }
    this.operations = [...this.#byId.values()];
    for (const operation of this.operations) {
      push(this.#byText, operation.text, operation);
      push(this.#byCanonicalHash, hash(canonicalText(operation.text)), operation);
    }
    this.#longest = this.operations.reduce((longest, { text }) => Math.max(longest, text.length), 0);
  }

  /**
   * @param id as a client sends it, also as `sha256:<hash>`.
   * @param client whose operations it may be; absent: anybody's.
   */
  byId(id: string, client?: string): TrustedOperation | undefined {
    const found = this.#byId.get(id) ?? this.#byId.get(HASHED.exec(id)?.[1]?.toLowerCase() ?? '');
    return found !== undefined && mayRun(found, client) ? found : undefined;
  }

  /** Letter by letter: a lookup. */
  byExactText(text: string, client?: string): TrustedOperation | undefined {
    return best(this.#byText.get(text), client);
  }

  /** Also when layout or comments differ. Costs reading the text once, and nothing for texts that are far too long. */
  byText(text: string, client?: string): TrustedOperation | undefined {
    const exact = this.byExactText(text, client);
    if (exact !== undefined || text.length > this.#longest * MAX_LAYOUT_FACTOR) return exact;
    try {
      return best(this.#byCanonicalHash.get(hash(canonicalText(text))), client);
    } catch {
      // No GraphQL at all.
      return undefined;
    }
  }
}

function mayRun({ clients }: TrustedOperation, client: string | undefined): boolean {
  return client === undefined || clients.includes(client) || clients.includes(EVERYBODY);
}

/** One text may be registered under several ids; one that was retired does not hide the others. */
function best(
  operations: readonly TrustedOperation[] | undefined,
  client: string | undefined,
): TrustedOperation | undefined {
  const allowed = operations?.filter((operation) => mayRun(operation, client)) ?? [];
  return allowed.find(({ retirement }) => retirement === undefined) ?? allowed[0];
}

/** Of two sources that register the same id: what either says about its end holds. */
function merged(one: TrustedOperation, other: TrustedOperation): TrustedOperation {
  const deprecation = one.deprecation ?? other.deprecation;
  const retirement = one.retirement ?? other.retirement;
  return {
    ...one,
    clients: [...new Set([...one.clients, ...other.clients])],
    ...(deprecation && { deprecation }),
    ...(retirement && { retirement }),
  };
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

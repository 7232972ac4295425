/**
 * Who runs which operation, counted: per operation, client and version. Names come from clients, so their number is
 * bounded; what is above it is counted as `other`.
 */
import type { Metrics } from '@marquee/service-kit';
import type { TrustedOperation } from './trusted-operation.ts';

export type DocumentOutcome = 'id' | 'text' | 'automatic' | 'unregistered' | 'refused';

export interface UsageEntry {
  /** Id of a registered operation; `unregistered` for all others together. */
  readonly id: string;
  readonly operation: string;
  readonly client: string;
  readonly version: string;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly lastAt: number;
}

interface Counted {
  readonly entry: Omit<UsageEntry, 'count' | 'lastAt'>;
  count: number;
  lastAt: number;
}

const MAX_ENTRIES = 5_000;
/** Each is a series in every process, for ever. */
const MAX_LABEL_PAIRS = 500;
const OTHER = 'other';

export class DocumentUsage {
  readonly #metrics: Metrics | undefined;
  readonly #now: () => number;
  readonly #entries = new Map<string, Counted>();
  readonly #labels = new Set<string>();
  #changes = 0;

  constructor(now: () => number, metrics?: Metrics) {
    this.#now = now;
    this.#metrics = metrics;
  }

  /** Grows with every count: tells whether there is anything new. */
  get changes(): number {
    return this.#changes;
  }

  count(
    operation: TrustedOperation | undefined,
    client: { readonly name: string; readonly version: string },
    outcome: DocumentOutcome,
  ): void {
    this.#changes++;
    const name = operation === undefined ? 'unregistered' : (operation.name ?? operation.id);
    this.#metrics?.count('marquee_documents_total', { ...this.#label(name, client.name), outcome });
    if (outcome === 'refused') return;
    const entry = {
      id: operation?.id ?? 'unregistered',
      operation: name,
      client: client.name,
      version: client.version,
    };
    const counted = this.#entries.get(keyOf(entry)) ?? this.#added(entry);
    counted.count++;
    counted.lastAt = this.#now();
  }

  entries(): readonly UsageEntry[] {
    return [...this.#entries.values()].map(({ entry, count, lastAt }) => ({ ...entry, count, lastAt }));
  }

  #added(entry: Counted['entry']): Counted {
    const full = this.#entries.size >= MAX_ENTRIES;
    const kept = full ? { ...entry, client: OTHER, version: OTHER } : entry;
    // Operations are bounded by what is registered; clients and versions are what a stranger can invent.
    const key = keyOf(kept);
    const counted = this.#entries.get(key) ?? { entry: kept, count: 0, lastAt: 0 };
    this.#entries.set(key, counted);
    return counted;
  }

  #label(operation: string, client: string): { operation: string; client: string } {
    const key = `${operation} ${client}`;
    if (!this.#labels.has(key)) {
      if (this.#labels.size >= MAX_LABEL_PAIRS) return { operation: OTHER, client: OTHER };
      this.#labels.add(key);
    }
    return { operation, client };
  }
}

function keyOf({ id, client, version }: Pick<UsageEntry, 'id' | 'client' | 'version'>): string {
  return JSON.stringify([id, client, version]);
}

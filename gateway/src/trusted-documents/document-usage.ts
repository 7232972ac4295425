/**
 * Who runs which operation, counted: per operation, client and version. Names come from clients, so their number is
 * bounded; what is above it is counted as `other`. Whoever only says who it is takes no place from those who prove it.
 */
import type { Metrics } from '@marquee/service-kit';
import { OTHER } from '../sight/bounded-labels.ts';
import { OperationLabels } from '../sight/operation-labels.ts';
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

/** Of proven clients and of all others each. */
const MAX_ENTRIES = 5_000;

export class DocumentUsage {
  readonly #metrics: Metrics | undefined;
  readonly #now: () => number;
  readonly #entries = new Map<string, Counted>();
  readonly #labels = new OperationLabels();
  #proven = 0;
  #claimed = 0;
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
    client: { readonly name: string; readonly version: string; readonly proven: boolean },
    outcome: DocumentOutcome,
  ): void {
    this.#changes++;
    const name = operation === undefined ? 'unregistered' : (operation.name ?? operation.id);
    this.#metrics?.count('marquee_documents_total', { ...this.#labels.of(name, client), outcome });
    if (outcome === 'refused') return;
    const entry = {
      id: operation?.id ?? 'unregistered',
      operation: name,
      client: client.name,
      version: client.version,
    };
    const counted = this.#entries.get(keyOf(entry)) ?? this.#added(entry, client.proven);
    counted.count++;
    counted.lastAt = this.#now();
  }

  entries(): readonly UsageEntry[] {
    return [...this.#entries.values()].map(({ entry, count, lastAt }) => ({ ...entry, count, lastAt }));
  }

  #added(entry: Counted['entry'], proven: boolean): Counted {
    const full = (proven ? this.#proven : this.#claimed) >= MAX_ENTRIES;
    if (proven) this.#proven++;
    else this.#claimed++;
    const kept = full ? { ...entry, client: OTHER, version: OTHER } : entry;
    // Operations are bounded by what is registered; clients and versions are what a stranger can invent.
    const key = keyOf(kept);
    const counted = this.#entries.get(key) ?? { entry: kept, count: 0, lastAt: 0 };
    this.#entries.set(key, counted);
    return counted;
  }
}

function keyOf({ id, client, version }: Pick<UsageEntry, 'id' | 'client' | 'version'>): string {
  return JSON.stringify([id, client, version]);
}

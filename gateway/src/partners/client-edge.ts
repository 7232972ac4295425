/** Everything about clients that the gateway has to hold: who they are, what they may run, how much. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { type Component, type Logger, type Metrics, READY, type Readiness } from '@marquee/service-kit';
import { RequestGate } from '../http/request-gate.ts';
import { createTrustedDocuments, type TrustedDocuments } from '../trusted-documents/trusted-documents.ts';
import type { TrustedOperation } from '../trusted-documents/trusted-operation.ts';
import type { DocumentConfig } from '../trusted-documents/variables.ts';
import { type Callers, createCallers } from './callers.ts';
import { PartnerLimits } from './partner-limits.ts';
import { memoryCounter } from './quotas/memory/memory-counter.ts';
import { QuotaKeeper } from './quotas/quota-keeper.ts';
import type { QuotaSetup } from './quotas/quota-setup.ts';
import type { PartnerConfig } from './variables.ts';

export interface ClientEdgeOptions {
  readonly documents: DocumentConfig;
  /** Absent: there are none. */
  readonly partners: PartnerConfig | undefined;
  /** Names of the contract variants that are served. */
  readonly contracts: ReadonlySet<string>;
  /** Plans documents that were not in force before. */
  prepare(operations: readonly TrustedOperation[]): Promise<void>;
  /** Absent: automatic persisted queries are known to this process alone. */
  readonly store?: KeyValueStore;
  /** Absent: this gateway counts for itself, being the only one. */
  readonly quotas?: QuotaSetup;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly pollMs?: number;
}

export interface ClientEdge extends Component {
  readonly gate: RequestGate;
  readonly limits: PartnerLimits;
  readonly documents: TrustedDocuments;
  readonly callers: Callers;
  /** State of each part, for `/ready`. */
  components(): Readonly<Record<string, Readiness>>;
}

/** The memory of a process answers at once. */
const ALONE = { withinMs: 1_000, assumedGateways: 1 };

export function createClientEdge(options: ClientEdgeOptions): ClientEdge {
  const { clock, logger, metrics, store, pollMs } = options;
  const kit = { clock, logger, ...(pollMs !== undefined && { pollMs }) };
  const documents = createTrustedDocuments({
    ...kit,
    config: options.documents,
    prepare: options.prepare,
    processName: `${hostname()}-${process.pid}`,
    ...(store && { store }),
    ...(metrics && { metrics }),
  });
  const callers = createCallers({ ...kit, ...options });
  const now = () => clock.now();
  const { counter, ...asking } = options.quotas ?? { ...ALONE, counter: memoryCounter(now) };
  const quotas = new QuotaKeeper({ ...asking, counter, gateway: randomUUID(), now, logger, metrics });
  const parts = [documents, callers, quotas];
  const limits = new PartnerLimits(quotas);
  return {
    name: 'clients',
    gate: new RequestGate({ callers, limits, resolution: documents.resolution }),
    limits,
    documents,
    callers,
    components: () => Object.fromEntries(parts.map((part) => [part.name, part.readiness()])),
    async start() {
      for (const part of parts) await part.start();
    },
    async stop() {
      for (const part of parts) await part.stop();
    },
    /** Of the first part that has something to say. */
    readiness(): Readiness {
      return parts.map((part) => part.readiness()).find(({ detail }) => detail !== undefined) ?? READY;
    },
  };
}

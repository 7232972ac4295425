/** Trusted documents as a part of the gateway: loaded, followed, resolved and counted. */
import type { Clock } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import type { Component, Logger, Metrics } from '@marquee/service-kit';
import { type Followed, follow } from '../revisions/followed.ts';
import { AutomaticPersistedQueries } from './automatic-persisted-queries.ts';
import type { DocumentIndex } from './document-index.ts';
import { DocumentResolution } from './document-resolution.ts';
import { loadDocuments } from './document-sources.ts';
import { DocumentUsage } from './document-usage.ts';
import type { TrustedOperation } from './trusted-operation.ts';
import { createUsageFile } from './usage-file.ts';
import type { DocumentConfig } from './variables.ts';

/** As many as are kept planned: planning more would push the first ones out again. */
const MAX_PLANNED = 1_000;

export interface TrustedDocumentsOptions {
  readonly config: DocumentConfig;
  /** Where texts of automatic persisted queries are shared. Absent: this process remembers alone. */
  readonly store?: KeyValueStore;
  /** Called with documents that were not in force before: they are planned, and who does not fit the schema is reported. */
  prepare(operations: readonly TrustedOperation[]): Promise<void>;
  /** Of this process, for its usage file. */
  readonly processName: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly pollMs?: number;
}

export interface TrustedDocuments extends Component {
  readonly resolution: DocumentResolution;
  readonly usage: DocumentUsage;
  /** Texts that are worth planning ahead, those that ran most often first; bounded. Empty before the start. */
  expected(): readonly string[];
  /** Looks for changes now. */
  refresh(): Promise<void>;
}

export function createTrustedDocuments(options: TrustedDocumentsOptions): TrustedDocuments {
  const { config, logger, clock, metrics, store } = options;
  const usage = new DocumentUsage(() => clock.now(), metrics);
  const file =
    config.registry === undefined
      ? undefined
      : createUsageFile(config.registry, options.processName, usage, logger);
  let prepared = new Set<string>();
  const followed: Followed<DocumentIndex> = follow({
    name: 'trusted-documents',
    paths: [...config.files, ...(config.registry === undefined ? [] : [config.registry])],
    load: () => loadDocuments(config),
    async prepare({ operations }) {
      const living = operations.filter(({ retirement }) => retirement === undefined);
      await options.prepare(living.filter(({ text }) => !prepared.has(text)).slice(0, MAX_PLANNED));
      prepared = new Set(living.map(({ text }) => text));
    },
    logger,
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
  });
  return {
    name: followed.name,
    resolution: new DocumentResolution({
      index: () => followed.current(),
      automatic: config.automatic
        ? new AutomaticPersistedQueries({ ...(store && { store }), logger })
        : undefined,
      usage,
      logger,
    }),
    usage,
    expected: () => (prepared.size === 0 ? [] : mostUsed(followed.current(), usage)),
    async start() {
      await followed.start();
      await file?.start();
    },
    async stop() {
      await followed.stop();
      await file?.stop();
    },
    readiness: () => followed.readiness(),
    refresh: () => followed.refresh(),
  };
}

function mostUsed({ operations }: DocumentIndex, usage: DocumentUsage): readonly string[] {
  const counts = new Map<string, number>();
  for (const { id, count } of usage.entries()) counts.set(id, (counts.get(id) ?? 0) + count);
  const living = operations.filter(({ retirement }) => retirement === undefined);
  const sorted = living.toSorted((a, b) => (counts.get(b.id) ?? 0) - (counts.get(a.id) ?? 0));
  return [...new Set(sorted.map(({ text }) => text))].slice(0, MAX_PLANNED);
}

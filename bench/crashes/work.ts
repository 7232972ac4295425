/**
 * What a worker is given to do while it is killed. Those that follow the log get the load; the catalogue's indexer needs somebody
 * who works on the catalogue, and those that do jobs need a job in every life, and kills at the time when they are at it.
 */
import { join } from 'node:path';
import { createRandom, systemClock } from '@marquee/domain';
import { silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { distributedDeps } from '../../packages/standalone/src/deps.ts';
import type { LocalPlatform } from '../../packages/standalone/src/distributed/local-platform.ts';
import { withPorts } from '../faults/campaign.ts';
import { auditCatalogue } from './catalogue-audit.ts';
import { CatalogueChanges } from './catalogue-changes.ts';
import type { KillManyOptions } from './kill-many.ts';
import type { LeftBehind } from './left-behind.ts';
import { Trainings } from './trainings.ts';

export interface Work extends Pick<KillManyOptions, 'working' | 'prepare'> {
  /** Before the first kill. */
  begin?(): Promise<void>;
  /** After the last one. */
  end?(): Promise<void>;
  /** When everything was drained: what became of it. */
  audit?(): Promise<LeftBehind & { readonly what: string }>;
}

export interface WorkOptions {
  readonly platform: LocalPlatform;
  /** Of the platform's folder. */
  readonly folder: string;
  readonly seed: number;
  readonly viewers: readonly string[];
  readonly signal: AbortSignal;
}

/** A training on a small lake takes so long, from the start of its process to its registration, on a machine that is busy. */
const TRAINING_MS = [0, 15_000] as const;
/** It looks at the registry ten seconds after its start. */
const LOOKING_MS = [8_500, 11_500] as const;
/** It begins a report once it leads, when the lease of the one before has run out; a report takes seconds, and the next begins a second later. */
const REPORTING_MS = [3_000, 20_000] as const;
/** It computes when nobody else wants the processor, which under load is seldom. */
const TRAINED_WITHIN_MS = 1_800_000;
const CHANGE_EVERY_MS = 100;
/** Twins at most; what is changed after that is changed again. */
const TWINS = 400;
const PAGE = 100;
const LOOKED_AT = 10;
const INDEXED_WITHIN_MS = 600_000;

export function workFor(worker: string, options: WorkOptions): Work {
  const { folder, signal } = options;
  if (worker === 'catalogue-indexer') return catalogueWork(options);
  if (worker === 'trainer') {
    const trainings = new Trainings(join(folder, 'models'));
    let left: LeftBehind = { found: '', broken: [] };
    return {
      working: TRAINING_MS,
      prepare: () => trainings.makeDue(),
      async end() {
        left = await trainings.afterwards(TRAINED_WITHIN_MS, signal);
      },
      audit: async () => ({ what: 'trainings', ...left }),
    };
  }
  if (worker === 'model-promoter') {
    const trainings = new Trainings(join(folder, 'models'));
    // A new candidate for every look.
    return { working: LOOKING_MS, prepare: () => trainings.makeDue() };
  }
  if (worker === 'monitor') return { working: REPORTING_MS };
  return {};
}

function catalogueWork({ platform, seed, viewers }: WorkOptions): Work {
  let changes: CatalogueChanges | undefined;
  let working: Promise<void> | undefined;
  const over = Promise.withResolvers<void>();
  return {
    async begin() {
      const begun = Promise.withResolvers<void>();
      working = withPorts(platform, async (ports) => {
        const originals = [];
        let after: string | undefined;
        while (originals.length < TWINS) {
          const page = await ports.catalogue.findTitles({
            ...{ first: PAGE, availableAt: systemClock.now(), maturityLimit: 'PG' },
            ...(after !== undefined && { after }),
          });
          originals.push(...page.titles.map(({ title }) => title));
          after = page.titles.at(-1)?.cursor;
          if (!page.hasNextPage) break;
        }
        const random = createRandom(seed).fork('catalogue');
        changes = new CatalogueChanges({ ports, originals, random, everyMs: CHANGE_EVERY_MS });
        changes.start();
        begun.resolve();
        await over.promise;
        await changes.stop();
      });
      await Promise.race([begun.promise, working]);
    },
    async end() {
      over.resolve();
      await working;
    },
    async audit() {
      const gateway = platform.specs.find(({ part }) => part === 'gateway')!;
      const left = await withVectorIndex(platform, (vectorIndex) =>
        withPorts(platform, ({ catalogue }) =>
          auditCatalogue({
            ...{ titles: changes?.titles ?? [], catalogue, vectorIndex },
            ...{ url: `http://127.0.0.1:${gateway.port}`, viewers: viewers.slice(0, LOOKED_AT) },
            withinMs: INDEXED_WITHIN_MS,
          }),
        ),
      );
      return { what: `catalogue, ${changes?.made ?? 0} changes`, ...left };
    },
  };
}

type Distributed = ReturnType<typeof distributedDeps>;

async function withVectorIndex<T>(
  platform: LocalPlatform,
  use: (vectorIndex: Distributed['vectorIndex']) => Promise<T>,
): Promise<T> {
  const servers = platform.configFor('campaign');
  const { vectorIndex } = distributedDeps({
    ...{ servers, clock: systemClock, logger: silentLogger, rankerThreads: 1 },
  });
  await startAll([vectorIndex], silentLogger);
  try {
    return await use(vectorIndex);
  } finally {
    await stopAll([vectorIndex], silentLogger, 10_000);
  }
}

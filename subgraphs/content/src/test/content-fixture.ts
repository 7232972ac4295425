/** A content subgraph over a real catalogue in memory that counts its reads. */
import type { Catalogue, CatalogueBatch } from '@marquee/catalogue';
import { createSqliteCatalogue } from '@marquee/catalogue/sqlite';
import { DAY_MS, type ManualClock, type MaturityRating, manualClock, type Title } from '@marquee/domain';
import { deadlineAfter, MarqueeError, silentLogger, startAll, stopAll } from '@marquee/service-kit';
import type { Subgraph } from '@marquee/service-kit/subgraph';
import type { ExecutionResult } from 'graphql';
import { createContentSubgraph } from '../index.ts';

export const NOW = Date.parse('2026-03-01T12:00:00Z');

export interface ContentFixture {
  /** For the subgraph; tests may change it. */
  catalogueIs: 'there' | 'away' | 'silent';
  readonly catalogue: Catalogue;
  readonly clock: ManualClock;
  readonly subgraph: Subgraph;
  /** By profile id; tests may change them. `undefined`: the profile cannot be read. */
  readonly limits: Map<string, MaturityRating | undefined>;
  /** Calls per method of the ports since the last `run`. */
  readonly reads: Readonly<Record<string, number>>;
  /** @param profileId absent: anonymous. */
  run(
    query: string,
    variables?: Record<string, unknown>,
    profileId?: string,
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  ): Promise<ExecutionResult<any>>;
  stop(): Promise<void>;
}

/**
 * @param recordMaxAgeMs of the subgraph; without it every request reads, so that reads can be counted.
 * @param outlivesCatalogue of the subgraph, whose parts are started then.
 */
export async function contentFixture(
  batch: CatalogueBatch = {},
  { recordMaxAgeMs = 0, outlivesCatalogue = false } = {},
): Promise<ContentFixture> {
  const clock = manualClock(NOW);
  const catalogue = createSqliteCatalogue({ file: ':memory:', clock, logger: silentLogger });
  await catalogue.start();
  await catalogue.put(batch);
  const reads: Record<string, number> = {};
  const counted = new Proxy(catalogue, {
    get(target, method: keyof Catalogue) {
      const member = target[method];
      if (typeof member !== 'function') return member;
      return (...parameters: never[]) => {
        reads[method] = (reads[method] ?? 0) + 1;
        if (fixture.catalogueIs === 'away') {
          return Promise.reject(new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the catalogue is away'));
        }
        if (fixture.catalogueIs === 'silent') return new Promise(() => undefined);
        return (member as (...given: never[]) => unknown).apply(target, parameters);
      };
    },
  });
  const limits = new Map<string, MaturityRating | undefined>();
  const subgraph = createContentSubgraph({
    catalogue: counted,
    async maturityLimitOf(profileId) {
      reads.maturityLimitOf = (reads.maturityLimitOf ?? 0) + 1;
      const limit = limits.get(profileId);
      if (limits.has(profileId) && limit === undefined) {
        throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the profiles are away');
      }
      return limit;
    },
    clock,
    artworkBaseUrl: '',
    recordMaxAgeMs,
    outlivesCatalogue,
    logger: silentLogger,
  });
  const fixture: ContentFixture = {
    catalogueIs: 'there',
    catalogue,
    clock,
    subgraph,
    limits,
    reads,
    run(query, variables, profileId) {
      for (const method of Object.keys(reads)) delete reads[method];
      return subgraph.execute({
        query,
        variables,
        context: {
          requestId: 'r1',
          deadline: deadlineAfter(10_000),
          ...(profileId === undefined ? {} : { viewer: { profileId, scopes: [] } }),
        },
      });
    },
    async stop() {
      await stopAll(subgraph.components, silentLogger, 1_000);
      await catalogue.stop();
    },
  };
  await startAll(subgraph.components, silentLogger);
  return fixture;
}

export const GENRES = ['Action', 'Comedy', 'Drama', 'Horror'].map((name) => ({
  id: `g_${name.toLowerCase()}`,
  name,
}));
export const PEOPLE = Array.from({ length: 150 }, (_, i) => ({ id: `p_${i}`, name: `Person ${i}` }));

export function title(id: string, change: Partial<Title> = {}): Title {
  return {
    id,
    name: `Title ${id}`,
    kind: 'MOVIE',
    releaseYear: 1999,
    addedAt: NOW - DAY_MS,
    runtimeMinutes: 100,
    maturityRating: 'PG_13',
    genreIds: ['g_drama'],
    directorIds: [],
    castIds: [],
    availability: [{ from: NOW - DAY_MS }],
    ...change,
  };
}

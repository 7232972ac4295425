/** A content subgraph over a real catalogue in memory that counts its reads. */
import type { Catalogue, CatalogueBatch } from '@marquee/catalogue';
import { createSqliteCatalogue } from '@marquee/catalogue/sqlite';
import { DAY_MS, type ManualClock, manualClock, type Title } from '@marquee/domain';
import { deadlineAfter, silentLogger } from '@marquee/service-kit';
import type { Subgraph } from '@marquee/service-kit/subgraph';
import type { ExecutionResult } from 'graphql';
import { createContentSubgraph } from '../index.ts';

export const NOW = Date.parse('2026-03-01T12:00:00Z');

export interface ContentFixture {
  readonly catalogue: Catalogue;
  readonly clock: ManualClock;
  readonly subgraph: Subgraph;
  /** Calls per method of the port since the last `run`. */
  readonly reads: Readonly<Record<string, number>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  run(query: string, variables?: Record<string, unknown>): Promise<ExecutionResult<any>>;
  stop(): Promise<void>;
}

/** @param recordMaxAgeMs of the subgraph; without it every request reads, so that reads can be counted. */
export async function contentFixture(
  batch: CatalogueBatch = {},
  { recordMaxAgeMs = 0 } = {},
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
        return (member as (...given: never[]) => unknown).apply(target, parameters);
      };
    },
  });
  const subgraph = createContentSubgraph({
    catalogue: counted,
    clock,
    artworkBaseUrl: '',
    recordMaxAgeMs,
    logger: silentLogger,
  });
  return {
    catalogue,
    clock,
    subgraph,
    reads,
    run(query, variables) {
      for (const method of Object.keys(reads)) delete reads[method];
      return subgraph.execute({
        query,
        variables,
        context: { requestId: 'r1', deadline: deadlineAfter(10_000) },
      });
    },
    stop: () => catalogue.stop(),
  };
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

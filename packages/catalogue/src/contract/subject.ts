/** What the parts of the contract suite have in common: the catalogue under test and short ways to use it. */
import type { Title } from '@marquee/domain';
import { expect } from 'vitest';
import type { Catalogue, TitleQuery } from '../index.ts';

export interface Subject {
  /** The catalogue of the running test. */
  catalogue(): Catalogue;
  put(...titles: readonly Title[]): Promise<void>;
  /** Ids of one page, 100 unless told. */
  idsOf(query: Omit<TitleQuery, 'first'> & { first?: number }): Promise<string[]>;
  /** Ids of all pages of this size, so that paging is part of what is compared. */
  allIds(query: Omit<TitleQuery, 'first' | 'after'>, first: number): Promise<string[]>;
}

export function createSubject(catalogue: () => Catalogue): Subject {
  return {
    catalogue,
    put: (...titles) => catalogue().put({ titles }),
    idsOf: async (query) =>
      (await catalogue().findTitles({ first: 100, ...query })).titles.map(({ title }) => title.id),
    async allIds(query, first) {
      const ids: string[] = [];
      let after: string | undefined;
      for (;;) {
        const page = await catalogue().findTitles({ ...query, first, after });
        expect(page.titles.length).toBeLessThanOrEqual(first);
        ids.push(...page.titles.map(({ title }) => title.id));
        if (!page.hasNextPage) return ids;
        expect(page.titles).toHaveLength(first);
        after = page.titles.at(-1)?.cursor;
      }
    },
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

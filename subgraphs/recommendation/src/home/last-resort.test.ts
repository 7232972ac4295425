import { createTitleTable, emptyProfileState } from '@marquee/features';
import { silentLogger } from '@marquee/service-kit';
import { expect, it } from 'vitest';
import { createTestWorld } from '../test/test-world.ts';
import { EditorialTitles } from './editorial-titles.ts';
import { lastResort } from './last-resort.ts';
import { titlesOfViewer } from './titles-of-viewer.ts';

it('is one row of titles that the viewer may see, and nothing where there is none', async () => {
  const { catalogue, clock, stop } = await createTestWorld({ profiles: 12, days: 2 });
  await stop();
  const titles = createTitleTable(catalogue);
  const editorial = new EditorialTitles(titles, undefined, silentLogger);
  const [best, second] = editorial.ids();
  const state = { ...emptyProfileState(), hiddenTitleIds: [best!], maturityLimit: 'PG_13' as const };
  const now = clock.now();
  const query = {
    state,
    now,
    filter: undefined,
    excludeTitleIds: new Set([second!]),
    titlesOfViewer: titlesOfViewer(state, now),
  };
  const [row, ...others] = lastResort(titles, editorial, query);
  expect(others).toEqual([]);
  expect(row).toMatchObject({ kind: 'EDITORIAL', headline: 'Critically acclaimed' });
  expect(row!.items.length).toBeGreaterThanOrEqual(20);
  for (const { titleId } of row!.items) {
    expect([best, second]).not.toContain(titleId);
    expect(['G', 'PG', 'PG_13']).toContain(titles.get(titleId)!.maturityRating);
  }
  expect(lastResort(titles, editorial, { ...query, filter: { releasedFrom: 2090 } })).toEqual([]);
});

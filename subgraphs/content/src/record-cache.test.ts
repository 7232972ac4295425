import { manualClock } from '@marquee/domain';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordCache } from './record-cache.ts';
import { type ContentFixture, contentFixture, GENRES, PEOPLE, title } from './test/content-fixture.ts';

describe('a record cache', () => {
  it('never serves a record past its age or another than the last, and never holds too many', () => {
    const step = fc.oneof(
      fc.record({ put: fc.integer({ min: 0, max: 30 }) }),
      fc.record({ wait: fc.integer({ min: 0, max: 150 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const clock = manualClock(1_000);
        const cache = new RecordCache<{ id: string; readAt: number }>({
          maxAgeMs: 100,
          maxRecords: 10,
          clock,
        });
        const last = new Map<string, number>();
        for (const one of steps) {
          if ('put' in one) {
            cache.set({ id: String(one.put), readAt: clock.now() });
            last.set(String(one.put), clock.now());
          } else {
            clock.advance(one.wait);
          }
          cache.expire();
          const held = [...last.keys()].map((id) => cache.get(id)).filter((record) => record !== undefined);
          expect(held.length).toBeLessThanOrEqual(10);
          for (const { id, readAt } of held) {
            expect(clock.now() - readAt).toBeLessThan(100);
            expect(readAt).toBe(last.get(id));
          }
        }
      }),
    );
  });

  it('serves what was just read', () => {
    const clock = manualClock(0);
    const cache = new RecordCache<{ id: string }>({ maxAgeMs: 100, maxRecords: 10, clock });
    const record = { id: 'a' };
    cache.set(record);
    clock.advance(49);
    cache.expire();
    expect(cache.get('a')).toBe(record);
    expect(cache.get('b')).toBeUndefined();
  });
});

describe('a content subgraph that may serve records of half a minute ago', () => {
  const QUERY = `query ($r: [_Any!]!) {
    _entities(representations: $r) {
      ... on Title { name genres { name } directors { name } artwork { url dominantColor } }
    }
  }`;
  const TITLES = ['t_a', 't_b'].map((id) => title(id, { directorIds: ['p_1'] }));
  const variables = (...ids: string[]) => ({ r: ids.map((id) => ({ __typename: 'Title', id })) });
  let content: ContentFixture;
  beforeAll(async () => {
    content = await contentFixture(
      { genres: GENRES, people: PEOPLE, titles: TITLES },
      { recordMaxAgeMs: 30_000 },
    );
  });
  afterAll(() => content.stop());

  it('reads a title once for many requests, and only what is missing', async () => {
    const first = await content.run(QUERY, variables('t_a'));
    expect(content.reads).toEqual({ titlesByIds: 1, genresByIds: 1, peopleByIds: 1 });
    expect(await content.run(QUERY, variables('t_a'))).toEqual(first);
    expect(content.reads).toEqual({});
    expect((await content.run(QUERY, variables('t_b', 't_a'))).data._entities).toMatchObject([
      { name: 'Title t_b' },
      { name: 'Title t_a' },
    ]);
    expect(content.reads).toEqual({ titlesByIds: 1 });
  });

  it('shows a change, and another poster for it, once the age has passed', async () => {
    const before = await content.run(QUERY, variables('t_a'));
    await content.catalogue.put({ titles: [{ ...TITLES[0]!, name: 'Renamed' }] });
    content.clock.advance(30_000);
    const { data } = await content.run(QUERY, variables('t_a'));
    expect(data._entities[0].name).toBe('Renamed');
    expect(data._entities[0].artwork.url).not.toBe(before.data._entities[0].artwork.url);
  });

  it('shows another poster when a genre was renamed', async () => {
    const before = await content.run(QUERY, variables('t_b'));
    await content.catalogue.put({ genres: [{ id: 'g_drama', name: 'Theatre' }] });
    content.clock.advance(30_000);
    const { data } = await content.run(QUERY, variables('t_b'));
    expect(data._entities[0].genres).toEqual([{ name: 'Theatre' }]);
    expect(data._entities[0].artwork.url).not.toBe(before.data._entities[0].artwork.url);
  });

  it('finds a title that was not there a moment ago', async () => {
    expect((await content.run(QUERY, variables('t_new'))).data._entities).toEqual([null]);
    await content.catalogue.put({ titles: [title('t_new')] });
    expect((await content.run(QUERY, variables('t_new'))).data._entities).toMatchObject([
      { name: 'Title t_new' },
    ]);
  });
});

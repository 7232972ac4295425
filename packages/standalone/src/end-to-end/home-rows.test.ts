/** The promise of the README, over HTTP, on a real process that is killed without warning. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type MarqueeProcess, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allTitles, createClient, type HomePage, rowsOf } from './client.ts';
import { describeOnEveryProfile } from './test/every-profile.ts';

describeOnEveryProfile((startMarquee) => {
  const folder = temporaryFolder();
  const start = () => startMarquee({ dataDirectory: folder.path, args: ['--profiles', '400'] });
  let marquee: MarqueeProcess;
  let personas: { id: string; name: string; tastes: string[] }[];

  beforeAll(async () => {
    marquee = await start();
    personas = (await (await fetch(`${marquee.url}/personas`)).json()) as typeof personas;
  }, 180_000);
  afterAll(async () => {
    await marquee?.end('SIGTERM');
    await folder.remove();
  });

  const as = (profileId: string) => createClient(marquee.url, profileId);

  /** Personas with a history: the last ones in the list are new on purpose. */
  async function pagesWithHistory(): Promise<{ id: string; page: HomePage }[]> {
    const pages: { id: string; page: HomePage }[] = [];
    for (const { id } of personas) pages.push({ id, page: await wholePage(id) });
    return pages.filter(({ page }) => rowsOf(page, 'BECAUSE_YOU_WATCHED').length > 0);
  }

  /** On a busy machine a source may miss its deadline; the page says so, and is made anew when it is asked for again. */
  function wholePage(id: string): Promise<HomePage> {
    return waitUntil(
      async () => {
        const page = await as(id).home();
        return page.degradations.length === 0 ? page : undefined;
      },
      { deadlineMs: 20_000, what: `a page for ${id} without a degradation` },
    );
  }

  async function nameOf(titleId: string): Promise<string> {
    const { title } = await createClient(marquee.url).operation<{ title: { name: string } }>('TitlePage', {
      id: titleId,
    });
    return title.name;
  }

  describe('home rows', () => {
    it('fill a page: eight rows and more of ten titles and more, none twice but in continue-watching', async () => {
      for (const { page } of await pagesWithHistory()) {
        expect(page.degradations).toEqual([]);
        const full = page.rows.nodes.filter((row) => row.items.nodes.length >= 10);
        expect(full.length).toBeGreaterThanOrEqual(8);
        const ids = page.rows.nodes
          .filter((row) => row.kind !== 'CONTINUE_WATCHING')
          .flatMap((row) => row.items.nodes.map((item) => item.title.id));
        expect(new Set(ids).size).toBe(ids.length);
      }
    });

    it('say why: every because-you-watched row names the title it rests on', async () => {
      for (const { page } of await pagesWithHistory()) {
        for (const row of rowsOf(page, 'BECAUSE_YOU_WATCHED')) {
          for (const item of row.items.nodes) {
            expect(item.reason?.titles).toHaveLength(1);
            const [seed] = item.reason!.titles;
            expect(row.headline).toBe(`Because you watched ${await nameOf(seed!.id)}`);
          }
        }
      }
    });

    it('are personal: two personas share less than half of their first 40 titles', async () => {
      const pages = await pagesWithHistory();
      expect(pages.length).toBeGreaterThanOrEqual(8);
      for (const [i, a] of pages.entries()) {
        for (const b of pages.slice(i + 1)) {
          const first = new Set(allTitles(a.page).slice(0, 40));
          const shared = allTitles(b.page)
            .slice(0, 40)
            .filter((id) => first.has(id)).length;
          expect(shared, `${a.id} and ${b.id}`).toBeLessThan(20);
        }
      }
    });

    it('greet an unknown profile and an anonymous viewer with a popular page instead of an error', async () => {
      for (const client of [as('nobody-has-this-id'), createClient(marquee.url)]) {
        const page = await client.home();
        expect(page.rows.nodes.length).toBeGreaterThanOrEqual(6);
      }
    });

    it('follow a filter, and stay a valid page when nothing passes it', async () => {
      const client = as(personas[0]!.id);
      const old = await client.home({ input: { filter: { releasedTo: 1975 } } });
      const years = old.rows.nodes.flatMap((row) => row.items.nodes.map((item) => item.title.releaseYear));
      expect(years.length).toBeGreaterThan(0);
      expect(Math.max(...years.map((year) => year ?? 9999))).toBeLessThanOrEqual(1975);
      const none = await client.home({ input: { filter: { releasedFrom: 2090 } } });
      expect(none.rows.nodes).toEqual([]);
      expect(none.degradations.map((degradation) => degradation.code)).toContain('NO_CANDIDATES');
    });
  });

  describe('feedback', () => {
    it('changes the next page at once, and is still known after kill -9', async () => {
      const { id, page: before } = (await pagesWithHistory())[0]!;
      const client = as(id);
      const hidden = before.rows.nodes[0]!.items.nodes[0]!.title.id;
      const picks = rowsOf(before, 'TOP_PICKS')[0]!
        .items.nodes.map((item) => item.title.id)
        .filter((t) => t !== hidden);
      const [liked, played] = [picks[0]!, rowsOf(before, 'GENRE')[0]!.items.nodes.at(-1)!];

      expect(await client.hide(hidden)).toEqual([]);
      expect(await client.react(liked, 'LIKE')).toEqual([]);
      const recorded = await client.record([
        {
          type: 'PLAY_START',
          titleId: played.title.id,
          trackingToken: played.trackingToken,
          watchedSeconds: 0,
        },
        {
          type: 'PLAY_STOP',
          titleId: played.title.id,
          trackingToken: played.trackingToken,
          watchedSeconds: 600,
          positionSeconds: 600,
        },
      ]);
      expect(recorded).toEqual({ accepted: 2, duplicates: 0, rejected: [] });

      const check = async (): Promise<void> => {
        const page = await as(id).home();
        expect(allTitles(page)).not.toContain(hidden);
        const [continued] = rowsOf(page, 'CONTINUE_WATCHING');
        expect(continued!.items.nodes[0]!.title.id).toBe(played.title.id);
        expect(continued!.items.nodes[0]!.title.viewer.progress.positionSeconds).toBe(600);
        const basis = rowsOf(page, 'BECAUSE_YOU_WATCHED').flatMap((row) =>
          row.items.nodes.flatMap((item) => item.reason!.titles.map((title) => title.id)),
        );
        expect(basis.includes(liked) || allTitles(page).join() !== allTitles(before).join()).toBe(true);
        const states = page.rows.nodes.flatMap((row) => row.items.nodes.map((item) => item.title));
        for (const title of states.filter((t) => t.id === liked)) expect(title.viewer.reaction).toBe('LIKE');
      };
      await check();

      expect(await marquee.end('SIGKILL')).toBe('SIGKILL');
      marquee = await start();
      await check();
    }, 180_000);

    it('keeps the good events of a batch and names what is wrong with the others', async () => {
      const titleId = allTitles(await as(personas[0]!.id).home())[0]!;
      const client = as('somebody-new');
      const result = await client.record([
        { eventId: 'good', type: 'PLAY_START', titleId },
        { eventId: 'good', type: 'PLAY_START', titleId },
        { eventId: 'negative', type: 'PLAY_STOP', titleId, watchedSeconds: -1 },
        {
          eventId: 'future',
          type: 'PLAY_START',
          titleId,
          occurredAt: new Date(Date.now() + 3_600_000).toISOString(),
        },
        { eventId: 'unknown', type: 'PLAY_START', titleId: 'no-such-title' },
        { eventId: 'forged', type: 'PLAY_START', titleId, trackingToken: 'AAAA.BBBB' },
      ]);
      expect(result.accepted).toBe(1);
      expect(result.duplicates).toBe(1);
      expect(result.rejected.map((rejected) => rejected.eventId)).toEqual([
        'negative',
        'future',
        'unknown',
        'forged',
      ]);
      const messages = Object.fromEntries(
        result.rejected.map((rejected) => [rejected.eventId, rejected.message]),
      );
      expect(messages.negative).toContain('watchedSeconds');
      expect(messages.future).toContain('occurredAt');
    });
  });

  describe('a maturity limit', () => {
    interface Found {
      readonly titles: {
        readonly nodes: readonly { readonly id: string; readonly maturityRating: string }[];
        readonly pageInfo: { readonly hasNextPage: boolean };
      };
    }
    const found = async (profileId: string, filter?: Record<string, unknown>) =>
      (await as(profileId).operation<Found>('SearchTitles', { search: 'the', first: 100, filter })).titles;

    it('holds for search, title pages and what one does with titles, and leaves home pages whole', async () => {
      const family = personas.find(({ tastes }) => tastes.includes('nothing above PG'))!.id;
      const everybody = await found('somebody-new');
      const adult = everybody.nodes.find(({ maturityRating }) => maturityRating === 'R')!;
      expect(adult).toBeDefined();
      for (const filter of [undefined, { maxMaturity: 'NC_17' }]) {
        const suitable = await found(family, filter);
        expect(suitable.nodes).toHaveLength(100);
        expect(suitable.nodes.filter(({ maturityRating }) => !['G', 'PG'].includes(maturityRating))).toEqual(
          [],
        );
      }
      expect(await as(family).operation('TitlePage', { id: adult.id })).toEqual({ title: null });
      expect(await as(family).hide(adult.id)).toMatchObject([{ code: 'NOT_FOUND' }]);
      expect((await as(family).home()).rows.nodes.length).toBeGreaterThanOrEqual(8);
      // The client throws on any error, such as null where the schema promises a title.
      await as(family).operation('Viewer');
    });
  });

  describe('what the documentation says to type', () => {
    const run = async (command: string) => {
      const { stdout } = await promisify(execFile)('sh', ['-c', command]);
      const answer = JSON.parse(stdout);
      expect(answer.errors).toBeUndefined();
      return answer.data.home.rows.nodes[0].items.nodes[0].title.name;
    };

    it('works: the curl that the start prints', async () => {
      const line = marquee.output.split('\n').find((text) => text.trim().startsWith('curl '))!;
      expect(await run(line.trim())).toBeTruthy();
    });

    it('works: the curl in the README, for a persona there is', async () => {
      const readme = await readFile(new URL('../../../../README.md', import.meta.url), 'utf8');
      const command = /```sh\n(curl [\s\S]*?)\n```/.exec(readme)![1]!;
      expect(personas.map(({ id }) => id)).toContain(/x-profile-id: ([\w-]+)/.exec(command)![1]);
      expect(await run(command.replace('http://127.0.0.1:4000', marquee.url))).toBeTruthy();
    });
  });
});

/** Every shipped operation, run against a real process with the variables a client would send. */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { type MarqueeProcess, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type HomePage } from './client.ts';
import { describeOnEveryProfile, ONLY_WHAT_SERVES } from './test/every-profile.ts';

const PROFILE = 'persona-western';
const documents = readdirSync(new URL('../../../../schema/trusted-documents/', import.meta.url))
  .filter((file) => file.endsWith('.graphql'))
  .map((file) => basename(file, '.graphql'))
  // A subscription, in a test of its own.
  .filter((name) => name !== 'HomeChanged');

describeOnEveryProfile((startMarquee) => {
  const folder = temporaryFolder();
  let marquee: MarqueeProcess;
  let variables: Record<string, Record<string, unknown>>;

  beforeAll(async () => {
    marquee = await startMarquee({ dataDirectory: folder.path, args: ['--profiles', '60'] });
    const client = createClient(marquee.url, PROFILE);
    const page: HomePage = await client.home();
    const titleId = page.rows.nodes[0]!.items.nodes[0]!.title.id;
    const { genres } = await client.operation<{ genres: { id: string }[] }>('BrowseGenre');
    const personId = page.rows.nodes
      .flatMap((row) => row.items.nodes)
      .flatMap((item) => item.title.directors)
      .map((director) => director.id)[0];
    const input = { titleId };
    variables = {
      BrowseGenre: { genreIds: [genres[0]!.id] },
      CompleteOnboarding: { input: { genreIds: genres.slice(0, 3).map((genre) => genre.id) } },
      EraseProfile: { input: { confirm: 'somebody-to-forget' } },
      Experiments: {},
      ExportProfile: {},
      FollowPerson: { input: { personId } },
      HideTitle: { input },
      HomeRows: {},
      HomeRowsDeferred: {},
      RecordEvents: {
        input: {
          events: [{ eventId: 'e1', type: 'PLAY_START', titleId, occurredAt: new Date().toISOString() }],
        },
      },
      RemoveFromMyList: { input },
      SaveToMyList: { input },
      SearchTitles: { search: 'star' },
      SetReaction: { input: { titleId, reaction: 'LIKE' } },
      TitlePage: { id: titleId },
      UnhideTitle: { input },
      Viewer: {},
      WatchNext: { titleId },
    };
  }, 120_000);
  afterAll(async () => {
    await marquee?.end('SIGTERM');
    await folder.remove();
  });

  describe('trusted documents', () => {
    it.each(documents)('%s', async (name) => {
      const given = variables[name];
      if (given === undefined) throw new Error(`say in this test which variables ${name} is called with`);
      const profileId = name === 'EraseProfile' ? 'somebody-to-forget' : PROFILE;
      const client = createClient(marquee.url, profileId);
      const data = await client.operation<
        Record<string, { userErrors?: unknown[]; rejected?: unknown[] } | null>
      >(name, given);
      for (const [field, value] of Object.entries(data)) {
        expect(value, field).not.toBeNull();
        expect(value?.userErrors ?? value?.rejected ?? [], field).toEqual([]);
      }
    });

    it('HomeChanged: the page as it is after what was just said', async () => {
      const client = createClient(marquee.url, PROFILE);
      const titleId = (await client.home()).rows.nodes[0]!.items.nodes[1]!.title.id;
      const stop = AbortSignal.timeout(20_000);
      const pages = client.subscribe<{ homeChanged: HomePage }>('HomeChanged', {}, stop);
      const next = pages.next();
      // Until it listens nobody tells; hiding and showing again is told, too.
      let page: HomePage | undefined;
      void next.then(({ value }) => {
        page = value?.data?.homeChanged;
      });
      await waitUntil(
        async () => {
          if (page === undefined) await client.operation('UnhideTitle', { input: { titleId } });
          if (page === undefined) await client.hide(titleId);
          return page !== undefined;
        },
        { deadlineMs: 15_000 },
      );
      expect(page!.rows.nodes.length).toBeGreaterThan(3);
      await pages.return(undefined);
    });
  });
}, ONLY_WHAT_SERVES);

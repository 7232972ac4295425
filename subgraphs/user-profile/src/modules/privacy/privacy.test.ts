import { type DeliveredEvent, manualClock } from '@marquee/domain';
import type { EventBus } from '@marquee/event-bus';
import { createSqliteProfiles } from '@marquee/profiles/sqlite';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, SAMPLE_INSTANT, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningSubgraph, runSubgraph } from '../../test/running-subgraph.ts';

let folder: ReturnType<typeof temporaryFolder>;
let running: RunningSubgraph;

beforeEach(async () => {
  folder = temporaryFolder();
  running = await runSubgraph({ folder });
});
afterEach(async () => {
  await running.stop();
  await folder.remove();
});

/** The process ends and another one begins on the same files. */
async function restart(options: Parameters<typeof runSubgraph>[0] = {}): Promise<void> {
  await running.stop();
  running = await runSubgraph({ ...options, folder });
}

async function ada(query: string, variables: Record<string, unknown> = {}) {
  const { data, errors } = await running.ask(query, { as: 'ada', variables });
  expect(errors).toEqual([]);
  return data;
}

const ERASE = `mutation ($confirm: ID!) {
  eraseProfile(input: { confirm: $confirm }) { userErrors { code field } erasedProfileId complete receipt { places { place state } } }
}`;
const EXPORT =
  'mutation { exportProfile { userErrors { code } document counts { reactions hidden myList followedPeople tasteGenres history } } }';

async function live(): Promise<void> {
  await ada(`mutation {
    setReaction(input: { titleId: "title-1", reaction: LIKE }) { userErrors { code } }
    hideTitle(input: { titleId: "title-2" }) { userErrors { code } }
    saveToMyList(input: { titleId: "title-3" }) { userErrors { code } }
    followPerson(input: { personId: "varda" }) { userErrors { code } }
    completeOnboarding(input: { genreIds: ["drama", "comedy", "western"] }) { userErrors { code } }
  }`);
}

async function logOf(bus: EventBus, profileId: string): Promise<DeliveredEvent[]> {
  const own: DeliveredEvent[] = [];
  for await (const batch of bus.replay())
    own.push(...batch.filter(({ event }) => event.profileId === profileId));
  return own;
}

describe('exporting a profile', () => {
  it('gives everything as a document, with counts', async () => {
    await live();
    const { exportProfile } = await ada(EXPORT);
    expect(exportProfile.counts).toEqual({
      reactions: 1,
      hidden: 1,
      myList: 1,
      followedPeople: 1,
      tasteGenres: 3,
      history: 0,
    });
    const at = new Date(SAMPLE_INSTANT).toISOString();
    expect(JSON.parse(exportProfile.document)).toEqual({
      profile: expect.objectContaining({ id: 'ada', name: 'Guest', createdAt: at }),
      reactions: [{ titleId: 'title-1', reaction: 'LIKE', at }],
      hidden: [{ titleId: 'title-2', at }],
      myList: [{ titleId: 'title-3', savedAt: at }],
      followedPersonIds: ['varda'],
      tasteGenreIds: ['drama', 'comedy', 'western'],
      history: [],
    });
  });

  it('is empty, not an error, for a profile without any state, and refused to nobody', async () => {
    const { exportProfile } = await ada(EXPORT);
    expect(JSON.parse(exportProfile.document)).toMatchObject({ profile: null, myList: [] });
    expect((await running.ask(EXPORT)).errors).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
  });
});

describe('erasing a profile', () => {
  it('needs the own id as confirmation', async () => {
    await live();
    for (const confirm of ['bob', '', 'ADA', 'x'.repeat(10_000)]) {
      expect((await ada(ERASE, { confirm })).eraseProfile).toEqual({
        userErrors: [{ code: 'CONFIRMATION_MISMATCH', field: 'confirm' }],
        erasedProfileId: null,
        complete: null,
        receipt: null,
      });
    }
    expect((await running.ask(ERASE, { variables: { confirm: 'ada' } })).errors).toMatchObject([
      { code: 'UNAUTHENTICATED' },
    ]);
    expect((await ada(EXPORT)).exportProfile.counts.reactions).toBe(1);
  });

  it('removes the profile and its events, and leaves one tombstone and everybody else', async () => {
    await live();
    await running.bus.publish([eventOf('LIST_SAVED', { titleId: 'title-9' }, { profileId: 'bob' })]);
    const { eraseProfile } = await ada(ERASE, { confirm: 'ada' });
    expect(eraseProfile).toMatchObject({ userErrors: [], erasedProfileId: 'ada', complete: true });
    expect(JSON.parse((await ada(EXPORT)).exportProfile.document)).toMatchObject({
      profile: null,
      reactions: [],
    });
    expect((await logOf(running.bus, 'ada')).map(({ event }) => event.type)).toEqual(['PROFILE_ERASED']);
    expect(await logOf(running.bus, 'bob')).toHaveLength(1);
    expect((await running.profiles.profilesByIds(['bob']))[0]).toBeDefined();
  });

  it('gives a receipt of what is gone, how much it was, and what follows', async () => {
    await live();
    const { eraseProfile } = await ada(
      `mutation { eraseProfile(input: { confirm: "ada" }) {
        receipt { id erasedAt places { place state entries } }
      } }`,
    );
    const { receipt } = eraseProfile;
    const [{ event }] = (await logOf(running.bus, 'ada')) as [DeliveredEvent];
    expect(receipt).toMatchObject({ id: event.eventId, erasedAt: new Date(event.occurredAt).toISOString() });
    expect(receipt.places).toEqual([
      { place: 'PROFILE', state: 'REMOVED', entries: 7 },
      { place: 'EVENT_LOG', state: 'REMOVED', entries: 5 },
      { place: 'FEATURES', state: 'REMOVED', entries: null },
      { place: 'STORED_PAGES', state: 'UNREADABLE', entries: null },
      { place: 'RESPONSE_CACHE', state: 'UNREADABLE', entries: null },
      { place: 'EVENT_LAKE', state: 'FOLLOWS', entries: null },
      { place: 'TRAINING_SETS', state: 'FOLLOWS', entries: null },
      { place: 'MODELS', state: 'FOLLOWS', entries: null },
    ]);
  });

  it('may be repeated, and a new life may begin after it', async () => {
    await live();
    await ada(ERASE, { confirm: 'ada' });
    await ada(ERASE, { confirm: 'ada' });
    expect((await logOf(running.bus, 'ada')).map(({ event }) => event.type)).toEqual(['PROFILE_ERASED']);
    await ada('mutation { saveToMyList(input: { titleId: "title-7" }) { userErrors { code } } }');
    const { viewer } = await ada('{ viewer { myList { nodes { id } } tasteGenres { id } } }');
    expect(viewer).toEqual({ myList: { nodes: [{ id: 'title-7' }] }, tasteGenres: [] });
  });

  it('keeps what arrives late from before it out', async () => {
    await ada(ERASE, { confirm: 'ada' });
    const late = eventOf(
      'PLAY_STOP',
      { titleId: 'title-1', watchedSeconds: 900 },
      { profileId: 'ada', occurredAt: SAMPLE_INSTANT - 1 },
    );
    await running.bus.publish([late]);
    await ada('mutation { saveToMyList(input: { titleId: "title-7" }) { userErrors { code } } }');
    expect((await ada(EXPORT)).exportProfile.counts).toMatchObject({ history: 0, myList: 1 });
  });

  it.each(['the beginning', 'an older checkpoint'])(
    'stays done for a projection rebuilt from %s',
    async (from) => {
      await live();
      const clock = manualClock(SAMPLE_INSTANT);
      const rebuilt = createSqliteProfiles({
        file: folder.file('rebuilt.sqlite'),
        clock,
        logger: silentLogger,
      });
      await rebuilt.start();
      if (from === 'an older checkpoint') {
        await rebuilt.apply((await logOf(running.bus, 'ada')).slice(0, 3));
        expect((await rebuilt.exportProfile('ada')).reactions).toHaveLength(1);
      }
      await ada(ERASE, { confirm: 'ada' });
      const late = eventOf(
        'LIST_SAVED',
        { titleId: 'title-1' },
        { profileId: 'ada', occurredAt: SAMPLE_INSTANT - 1 },
      );
      await running.bus.publish([late]);
      for await (const batch of running.bus.replay({ afterSequence: await rebuilt.checkpoint() }))
        await rebuilt.apply(batch);
      expect(await rebuilt.profilesByIds(['ada'])).toEqual([undefined]);
      expect((await rebuilt.exportProfile('ada')).myList).toEqual([]);
      await rebuilt.stop();
    },
  );

  it('is finished by the next process when one dies before the purge', async () => {
    await live();
    await restart({ withoutComponents: true });
    const { data } = await running.ask(ERASE, { as: 'ada', variables: { confirm: 'ada' }, deadlineMs: 300 });
    // The projections have it, the log still holds the events.
    expect(data.eraseProfile).toMatchObject({ erasedProfileId: 'ada', complete: false });
    expect(data.eraseProfile.receipt.places).toContainEqual({ place: 'EVENT_LOG', state: 'FOLLOWS' });
    expect((await logOf(running.bus, 'ada')).length).toBeGreaterThan(5);
    await restart();
    await waitUntil(async () => (await logOf(running.bus, 'ada')).length === 1, { what: 'the purge' });
    expect(await running.profiles.profilesByIds(['ada'])).toEqual([undefined]);
  });
});

describe('an acknowledged mutation', () => {
  it('is known after a restart', async () => {
    await live();
    await restart();
    const { viewer } = await ada(
      '{ viewer { myList { nodes { id } } tasteGenres { id } followedPeople { id } } }',
    );
    expect(viewer).toEqual({
      myList: { nodes: [{ id: 'title-3' }] },
      tasteGenres: [{ id: 'drama' }, { id: 'comedy' }, { id: 'western' }],
      followedPeople: [{ id: 'varda' }],
    });
  });

  it('is answered within the deadline also while a projection is stuck, and not lost', async () => {
    await restart({ staleProjection: true });
    const { data, errors } = await running.ask(
      'mutation { saveToMyList(input: { titleId: "title-1" }) { userErrors { code } title { viewer { inMyList } } } }',
      { as: 'ada', deadlineMs: 200 },
    );
    expect(errors).toEqual([]);
    expect(data.saveToMyList).toEqual({ userErrors: [], title: { viewer: { inMyList: true } } });
  });

  it('is refused, not swallowed, when the log cannot take it', async () => {
    await running.bus.stop();
    const { errors } = await running.ask(
      'mutation { saveToMyList(input: { titleId: "title-1" }) { userErrors { code } } }',
      { as: 'ada' },
    );
    expect(errors).toMatchObject([{ code: 'DEPENDENCY_UNAVAILABLE' }]);
  });
});

import { eventOf } from '@marquee/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GENRES, NEUTRAL, type RunningSubgraph, runSubgraph, STATE } from './test/running-subgraph.ts';

let running: RunningSubgraph;
let viewers = 0;
/** A viewer nobody has heard of before, for each test. */
let ada: string;

beforeAll(async () => {
  running = await runSubgraph();
});
afterAll(() => running[Symbol.asyncDispose]());
beforeEach(() => {
  ada = `ada-${++viewers}`;
  running.reads.clear();
});

const MUTATIONS = {
  setReaction: 'setReaction(input: { titleId: $id, reaction: LIKE })',
  hideTitle: 'hideTitle(input: { titleId: $id })',
  unhideTitle: 'unhideTitle(input: { titleId: $id })',
  saveToMyList: 'saveToMyList(input: { titleId: $id })',
  removeFromMyList: 'removeFromMyList(input: { titleId: $id })',
};
const mutation = (field: string) =>
  `mutation ($id: ID!) { payload: ${field} { userErrors { code field } title { id viewer ${STATE} } } }`;

describe('title mutations', () => {
  it.each([
    ['setReaction', undefined, { reaction: 'LIKE' }],
    ['hideTitle', undefined, { hidden: true }],
    ['unhideTitle', 'hideTitle', { hidden: false }],
    ['saveToMyList', undefined, { inMyList: true }],
    ['removeFromMyList', 'saveToMyList', { inMyList: false }],
  ] as const)(
    '%s shows in its own answer and in the next request, and may be repeated',
    async (name, before, change) => {
      const ask = (field: keyof typeof MUTATIONS) =>
        running.ask(mutation(MUTATIONS[field]), { as: ada, variables: { id: 'title-1' } });
      if (before !== undefined) await ask(before);
      const expected = { ...NEUTRAL, ...change };
      for (const _ of ['first', 'again']) {
        const { data, errors } = await ask(name);
        expect(errors).toEqual([]);
        expect(data.payload).toEqual({ userErrors: [], title: { id: 'title-1', viewer: expected } });
        expect(await running.statesOf(['title-1'], ada)).toEqual([expected]);
      }
    },
  );

  it.each(Object.entries(MUTATIONS))(
    '%s says NOT_FOUND for an unknown title and records nothing',
    async (_, field) => {
      const before = await running.bus.lastSequence();
      const { data, errors } = await running.ask(mutation(field), {
        as: ada,
        variables: { id: 'no-such-title' },
      });
      expect(errors).toEqual([]);
      expect(data.payload).toEqual({ userErrors: [{ code: 'NOT_FOUND', field: 'titleId' }], title: null });
      expect(await running.bus.lastSequence()).toBe(before);
    },
  );

  it.each(Object.entries(MUTATIONS))(
    "%s does not know titles above the viewer's maturity limit, nor tell their names",
    async (_, field) => {
      await running.happened(
        eventOf(
          'PROFILE_REGISTERED',
          { name: 'Ada', segment: 'family', maturityLimit: 'PG_13' },
          { profileId: ada },
        ),
      );
      running.ratings.set('title-1', 'R');
      try {
        const before = await running.bus.lastSequence();
        const { data } = await running.ask(mutation(field), { as: ada, variables: { id: 'title-1' } });
        expect(data.payload).toEqual({ userErrors: [{ code: 'NOT_FOUND', field: 'titleId' }], title: null });
        expect(await running.bus.lastSequence()).toBe(before);
      } finally {
        running.ratings.clear();
      }
    },
  );

  it.each(Object.entries(MUTATIONS))(
    '%s refuses ids out of bounds, and anonymous requests',
    async (_, field) => {
      for (const id of ['', 'x'.repeat(129)]) {
        const { errors } = await running.ask(mutation(field), { as: ada, variables: { id } });
        expect(errors).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'titleId' }]);
      }
      const anonymous = await running.ask(mutation(field), { variables: { id: 'title-1' } });
      expect(anonymous.errors).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
    },
  );

  it('refuses reactions that the schema does not have', async () => {
    const query =
      'mutation { setReaction(input: { titleId: "title-1", reaction: ADORE }) { userErrors { code } } }';
    expect((await running.ask(query, { as: ada })).errors).toHaveLength(1);
  });

  it('shows each of several mutations in one request what those before it did', async () => {
    const title = `title { viewer { hidden reaction } }`;
    const { data } = await running.ask(
      `mutation {
        a: setReaction(input: { titleId: "title-1", reaction: LIKE }) { ${title} }
        b: hideTitle(input: { titleId: "title-1" }) { ${title} }
        c: setReaction(input: { titleId: "title-1", reaction: NONE }) { ${title} }
        d: saveToMyList(input: { titleId: "title-2" }) { profile { myList { nodes { id } } } }
      }`,
      { as: ada },
    );
    expect(data).toEqual({
      a: { title: { viewer: { hidden: false, reaction: 'LIKE' } } },
      b: { title: { viewer: { hidden: true, reaction: 'LIKE' } } },
      c: { title: { viewer: { hidden: true, reaction: 'NONE' } } },
      d: { profile: { myList: { nodes: [{ id: 'title-2' }] } } },
    });
  });

  it("leaves other viewers' state alone", async () => {
    await running.ask(mutation(MUTATIONS.hideTitle), { as: ada, variables: { id: 'title-1' } });
    expect(await running.statesOf(['title-1'], `${ada}-neighbour`)).toEqual([NEUTRAL]);
  });
});

describe('following people', () => {
  const follow = (field: string) =>
    `mutation ($id: ID!) { payload: ${field}(input: { personId: $id }) { userErrors { code field } person { id } profile { followedPeople { id } } } }`;

  it('shows in the profile at once and is taken back as easily', async () => {
    const ask = (field: string, id: string) => running.ask(follow(field), { as: ada, variables: { id } });
    await ask('followPerson', 'varda');
    running.clock.advance(1);
    expect((await ask('followPerson', 'ozu')).data.payload).toEqual({
      userErrors: [],
      person: { id: 'ozu' },
      profile: { followedPeople: [{ id: 'ozu' }, { id: 'varda' }] },
    });
    const { data } = await ask('unfollowPerson', 'ozu');
    expect(data.payload.profile.followedPeople).toEqual([{ id: 'varda' }]);
  });

  it('knows nobody unknown', async () => {
    const { data } = await running.ask(follow('followPerson'), { as: ada, variables: { id: 'nobody' } });
    expect(data.payload).toEqual({
      userErrors: [{ code: 'NOT_FOUND', field: 'personId' }],
      person: null,
      profile: null,
    });
    const long = await running.ask(follow('unfollowPerson'), { as: ada, variables: { id: 'x'.repeat(129) } });
    expect(long.errors).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'personId' }]);
  });
});

describe('onboarding', () => {
  const QUIZ = `mutation ($genreIds: [ID!]!) {
    completeOnboarding(input: { genreIds: $genreIds }) { userErrors { code field } profile { id tasteGenres { id } } }
  }`;
  const answer = (genreIds: string[]) => running.ask(QUIZ, { as: ada, variables: { genreIds } });

  it('keeps the genres in the order given, each once', async () => {
    const { data } = await answer(['western', 'drama', 'western', 'comedy']);
    expect(data.completeOnboarding).toEqual({
      userErrors: [],
      profile: { id: ada, tasteGenres: [{ id: 'western' }, { id: 'drama' }, { id: 'comedy' }] },
    });
    const again = await answer(['horror', 'drama', 'comedy']);
    expect(again.data.completeOnboarding.profile.tasteGenres[0]).toEqual({ id: 'horror' });
  });

  it.each([
    ['TOO_FEW_GENRES', []],
    ['TOO_FEW_GENRES', ['drama', 'drama', 'drama', 'comedy']],
    ['NOT_FOUND', [...GENRES, 'no-such-genre']],
  ])('answers %s for %j', async (code, genreIds) => {
    const { data, errors } = await answer(genreIds);
    expect(errors).toEqual([]);
    expect(data.completeOnboarding).toEqual({ userErrors: [{ code, field: 'genreIds' }], profile: null });
  });

  it('refuses lists and ids out of bounds', async () => {
    for (const genreIds of [Array.from({ length: 51 }, () => 'drama'), [...GENRES, 'x'.repeat(129)]]) {
      expect((await answer(genreIds)).errors).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'genreIds' }]);
    }
  });
});

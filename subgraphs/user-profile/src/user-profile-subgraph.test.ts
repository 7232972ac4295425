import { eventOf } from '@marquee/testkit';
import { isEnumType, isInputObjectType, isObjectType, isSpecifiedScalarType } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NEUTRAL, type RunningSubgraph, runSubgraph, STATE } from './test/running-subgraph.ts';

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

describe('viewer', () => {
  const QUERY =
    '{ viewer { id name maturityLimit tasteGenres { id } followedPeople { id } myList { nodes { id } } } }';

  it('is null for anonymous requests', async () => {
    expect(await running.ask(QUERY)).toEqual({ data: { viewer: null }, errors: [] });
  });

  it('is a guest for an identity that the log has not seen', async () => {
    const { data } = await running.ask(QUERY, { as: ada });
    expect(data.viewer).toEqual({
      id: ada,
      name: 'Guest',
      maturityLimit: null,
      tasteGenres: [],
      followedPeople: [],
      myList: { nodes: [] },
    });
  });

  it('shows what was registered, without genres that have left the catalogue', async () => {
    await running.happened(
      eventOf(
        'PROFILE_REGISTERED',
        { name: 'Ada', segment: 'adult', maturityLimit: 'PG_13' },
        { profileId: ada },
      ),
      eventOf('ONBOARDING_COMPLETED', { genreIds: ['western', 'silent', 'drama'] }, { profileId: ada }),
    );
    const { data } = await running.ask(QUERY, { as: ada });
    expect(data.viewer).toMatchObject({
      name: 'Ada',
      maturityLimit: 'PG_13',
      tasteGenres: [{ id: 'western' }, { id: 'drama' }],
    });
  });

  it('cannot be somebody else, also not when the subgraph is asked directly', async () => {
    const query = `query ($id: ID!) { _entities(representations: [{ __typename: "Profile", id: $id }]) { ... on Profile { name } } }`;
    const own = await running.ask(query, { as: ada, variables: { id: ada } });
    expect(own.data._entities).toEqual([{ name: 'Guest' }]);
    const other = await running.ask(query, { as: ada, variables: { id: 'bob' } });
    expect(other).toMatchObject({ data: { _entities: [null] }, errors: [{ code: 'FORBIDDEN' }] });
    const nobody = await running.ask(query, { variables: { id: 'bob' } });
    expect(nobody).toMatchObject({ data: { _entities: [null] }, errors: [{ code: 'UNAUTHENTICATED' }] });
  });
});

describe('viewer state of titles', () => {
  it('is null for anonymous requests and costs them no read', async () => {
    expect(await running.statesOf(['title-1', 'title-2'])).toEqual([null, null]);
    expect(running.reads.size).toBe(0);
  });

  it('is neutral for titles without any, unknown ones too', async () => {
    expect(await running.statesOf(['title-1', 'no-such-title'], ada)).toEqual([NEUTRAL, NEUTRAL]);
  });

  it('is read once per request, for however many titles', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `title-${(index % 200) + 1}`);
    expect(await running.statesOf(ids, ada)).toHaveLength(300);
    expect(Object.fromEntries(running.reads)).toEqual({ titleStates: 1 });
  });

  it('is read once for all lists of a profile together, and the catalogue is asked once', async () => {
    const titles = [1, 2, 3].map((index) => ({ titleId: `title-${index}` }));
    await running.happened(
      ...titles.map((payload) => eventOf('LIST_SAVED', payload, { profileId: ada })),
      ...titles.map((payload) => eventOf('PLAY_START', payload, { profileId: ada })),
    );
    const page = `nodes { id viewer ${STATE} }`;
    await running.ask(
      `{ viewer { myList { ${page} } again: myList(first: 2) { ${page} } history { nodes { title { id viewer ${STATE} } } } } }`,
      { as: ada },
    );
    expect(Object.fromEntries(running.reads)).toMatchObject({
      profilesByIds: 1,
      titleStates: 1,
      titlesExist: 1,
    });
  });

  it('tells how far a title was watched', async () => {
    const at = Date.UTC(2026, 0, 15, 11);
    await running.happened(
      eventOf(
        'PLAY_STOP',
        { titleId: 'title-1', watchedSeconds: 600, positionSeconds: 640 },
        { profileId: ada, occurredAt: at },
      ),
    );
    const [state] = await running.statesOf(['title-1'], ada);
    expect(state).toMatchObject({
      progress: {
        positionSeconds: 640,
        watchedSeconds: 600,
        lastWatchedAt: '2026-01-15T11:00:00.000Z',
      },
    });
  });
});

describe('schema', () => {
  it('describes every type, field and value', () => {
    const missing: string[] = [];
    for (const type of Object.values(running.subgraph.schema.getTypeMap())) {
      // Introspection and what federation brings along; `_entities` and `_service` below.
      if (type.name.startsWith('_') || type.name.includes('__') || isSpecifiedScalarType(type)) continue;
      const root = ['Query', 'Mutation'].includes(type.name);
      if (!root && !type.description) missing.push(type.name);
      if (isObjectType(type) || isInputObjectType(type)) {
        for (const field of Object.values(type.getFields())) {
          if (!field.name.startsWith('_') && !field.description) missing.push(`${type.name}.${field.name}`);
        }
      }
      if (isEnumType(type)) {
        for (const value of type.getValues())
          if (!value.description) missing.push(`${type.name}.${value.name}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

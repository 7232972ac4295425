import { manualClock } from '@marquee/domain';
import { assign, fileExperiments, fixedExperiments, parseExperiments } from '@marquee/experimentation';
import { deadlineAfter, silentLogger } from '@marquee/service-kit';
import { isEnumType, isObjectType, isSpecifiedScalarType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createExperimentSubgraph, type ExperimentDeps, SHIPPED_EXPERIMENTS } from './index.ts';

const NOW = Date.UTC(2026, 2, 1);
const shipped = fileExperiments(SHIPPED_EXPERIMENTS);

interface Viewer {
  readonly profileId: string;
  readonly scopes: readonly string[];
}
const ANALYST: Viewer = { profileId: 'grace', scopes: ['experiment:read'] };
const ADA: Viewer = { profileId: 'ada', scopes: ['profile:read'] };

function subgraph(deps: Partial<ExperimentDeps> = {}) {
  return createExperimentSubgraph({
    experiments: shipped,
    clock: manualClock(NOW),
    logger: silentLogger,
    ...deps,
  });
}

async function ask(query: string, viewer?: Viewer, deps: Partial<ExperimentDeps> = {}) {
  const { data, errors } = await subgraph(deps).execute({
    query,
    context: {
      requestId: 'test',
      deadline: deadlineAfter(5_000),
      ...(viewer === undefined ? {} : { viewer }),
    },
  });
  return {
    // biome-ignore lint/suspicious/noExplicitAny: tests read answers as clients do, by path.
    data: JSON.parse(JSON.stringify(data ?? null)) as any,
    codes: (errors ?? []).map(({ extensions, message }) => extensions.code ?? message),
  };
}

const assignmentsOf = (id: string) =>
  `{ _entities(representations: [{ __typename: "Profile", id: "${id}" }]) { ... on Profile { id assignments { experimentKey variantKey } } } }`;

describe('shipped experiments', () => {
  it('hold out one profile in twenty and compare two home pages on the rest', () => {
    const answers = Array.from({ length: 20_000 }, (_, index) =>
      assign(shipped.current(), { profileId: `profile-${index}`, now: NOW }),
    );
    const share = (count: number) => count / answers.length;
    expect(share(answers.filter((answer) => answer.holdout).length)).toBeCloseTo(0.05, 2);
    for (const [variant, mmrLambda] of [
      ['control', 0.85],
      ['more-diverse', 0.7],
    ] as const) {
      const drawn = answers.filter((answer) => answer.assignments['home-diversity'] === variant);
      expect(share(drawn.length)).toBeCloseTo(0.475, 1);
      expect(drawn.every((answer) => answer.parameters.mmrLambda === mmrLambda)).toBe(true);
    }
  });
});

describe('reading experiments', () => {
  it('shows the configuration to those with the scope', async () => {
    const { data, codes } = await ask(
      `{ experiments { key owner layerKey status running startsAt endsAt share segments
           variants { key weight parameters { name value } } }
         known: experiment(key: "home-diversity") { key }
         unknown: experiment(key: "no-such-experiment") { key } }`,
      ANALYST,
    );
    expect(codes).toEqual([]);
    expect(data).toEqual({
      experiments: [
        {
          key: 'home-diversity',
          owner: 'recommendation',
          layerKey: 'home-ranking',
          status: 'RUNNING',
          running: true,
          startsAt: '2026-01-01T00:00:00.000Z',
          endsAt: null,
          share: 1,
          segments: null,
          variants: [
            { key: 'control', weight: 1, parameters: [{ name: 'mmrLambda', value: '0.85' }] },
            { key: 'more-diverse', weight: 1, parameters: [{ name: 'mmrLambda', value: '0.7' }] },
          ],
        },
      ],
      known: { key: 'home-diversity' },
      unknown: null,
    });
  });

  it.each([
    ['FORBIDDEN', ADA],
    ['UNAUTHENTICATED', undefined],
  ])('is %s otherwise, with null and not a failed request', async (code, viewer) => {
    const { data, codes } = await ask(
      '{ experiments { key } experiment(key: "home-diversity") { key } }',
      viewer,
    );
    expect(data).toEqual({ experiments: null, experiment: null });
    expect(codes).toEqual([code, code]);
  });

  it.each(['', 'x'.repeat(129)])('refuses a key out of bounds', async (key) => {
    expect((await ask(`{ experiment(key: "${key}") { key } }`, ANALYST)).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('is over when the end has come', async () => {
    const before = await ask('{ experiments { running } }', ANALYST, {
      clock: manualClock(Date.UTC(2025, 11, 31)),
    });
    expect(before.data.experiments).toEqual([{ running: false }]);
  });
});

describe('assignments of a profile', () => {
  it("are the viewer's own, the same that every process computes", async () => {
    for (let index = 0; index < 40; index++) {
      const profileId = `profile-${index}`;
      const { data } = await ask(assignmentsOf(profileId), { profileId, scopes: [] });
      const { assignments } = assign(shipped.current(), { profileId, now: NOW });
      expect(data._entities).toEqual([
        {
          id: profileId,
          assignments: Object.entries(assignments).map(([experimentKey, variantKey]) => ({
            experimentKey,
            variantKey,
          })),
        },
      ]);
    }
  });

  it.each([
    ['FORBIDDEN', ADA],
    ['FORBIDDEN', ANALYST],
    ['UNAUTHENTICATED', undefined],
  ])('are %s to others, whatever their scopes', async (code, viewer) => {
    const { data, codes } = await ask(assignmentsOf('bob'), viewer);
    expect(codes).toEqual([code]);
    expect(data._entities).toEqual([null]);
  });

  it('heed the segment where it is known', async () => {
    const json = {
      layers: [{ key: 'artwork' }],
      experiments: [
        {
          key: 'posters',
          owner: 'content',
          layer: 'artwork',
          status: 'RUNNING',
          buckets: { from: 0, to: 10_000 },
          startsAt: '2026-01-01T00:00:00Z',
          segments: ['kids'],
          variants: [
            { key: 'a', weight: 1 },
            { key: 'b', weight: 1 },
          ],
        },
      ],
    };
    const experiments = fixedExperiments(parseExperiments(json));
    const count = async (deps: Partial<ExperimentDeps>) =>
      (await ask(assignmentsOf('ada'), ADA, { experiments, ...deps })).data._entities[0].assignments.length;
    expect(await count({})).toBe(0);
    expect(await count({ profileSegment: async () => 'adult' })).toBe(0);
    expect(await count({ profileSegment: async (id) => (id === 'ada' ? 'kids' : 'adult') })).toBe(1);
  });
});

describe('schema', () => {
  it('describes every type, field and value', () => {
    const missing: string[] = [];
    for (const type of Object.values(subgraph().schema.getTypeMap())) {
      if (type.name.startsWith('_') || type.name.includes('__') || isSpecifiedScalarType(type)) continue;
      if (type.name !== 'Query' && !type.description) missing.push(type.name);
      const members = isObjectType(type)
        ? Object.values(type.getFields())
        : isEnumType(type)
          ? type.getValues()
          : [];
      for (const { name, description } of members) {
        if (!name.startsWith('_') && !description) missing.push(`${type.name}.${name}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

describe('a model that is tried out', () => {
  const canary = { version: 'home-ranker-20260301T030000Z', share: 0.5, since: NOW - 1 };
  const key = 'canary-home-ranker-20260301t030000z';
  const armOf = async (id: string, deps: Partial<ExperimentDeps>) => {
    const { data } = await ask(assignmentsOf(id), { profileId: id, scopes: ['profile:read'] }, deps);
    const all: { experimentKey: string; variantKey: string }[] = data._entities[0].assignments;
    return all.find(({ experimentKey }) => experimentKey === key)?.variantKey;
  };

  it('is among the assignments of those it was drawn for, as the recommendation subgraph draws, and gone with it', async () => {
    const withCanary = { canary: () => canary };
    const arms = await Promise.all(Array.from({ length: 60 }, (_, i) => armOf(`profile-${i}`, withCanary)));
    const held = arms.filter((arm) => arm === undefined).length;
    expect(held).toBeLessThan(12);
    const drawn = arms.filter((arm) => arm === 'canary').length;
    expect(drawn).toBeGreaterThan(15);
    expect(drawn).toBeLessThan(45);
    expect(await armOf('profile-0', { canary: () => undefined })).toBeUndefined();
    expect(await armOf('profile-0', {})).toBeUndefined();
  });
});

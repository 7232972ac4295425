import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign } from './assign.ts';
import { parseExperiments } from './parse-experiments.ts';
import type { ExperimentsSnapshot } from './snapshot.ts';

const NOW = Date.UTC(2026, 5, 1);
const PROFILES = Array.from({ length: 20_000 }, (_, index) => `profile-${index}`);

type Entry = Record<string, unknown>;

const variants = (weights: Record<string, number>, parameter = 'mmrLambda') =>
  Object.entries(weights).map(([key, weight], index) => ({
    key,
    weight,
    parameters: { [parameter]: index },
  }));

const experiment = (fields: Entry = {}): Entry => ({
  key: 'diversity',
  owner: 'recommendation',
  layer: 'ranking',
  status: 'RUNNING',
  buckets: { from: 0, to: 10_000 },
  startsAt: '2026-01-01T00:00:00Z',
  variants: variants({ control: 1, treated: 1 }),
  ...fields,
});

const snapshot = (experiments: Entry[], fields: Entry = {}): ExperimentsSnapshot =>
  parseExperiments({ layers: [{ key: 'ranking' }, { key: 'artwork' }], experiments, ...fields });

const variantOf = (
  configuration: ExperimentsSnapshot,
  profileId: string,
  key = 'diversity',
  segment?: string,
) =>
  assign(configuration, { profileId, now: NOW, ...(segment === undefined ? {} : { segment }) }).assignments[
    key
  ];

/** Upper 0.1 % point of the chi-square distribution with 1, 2 and 3 degrees of freedom. */
const CRITICAL = [0, 10.83, 13.82, 16.27];

function chiSquare(counts: Record<string, number>, weights: Record<string, number>): number {
  const total = Object.values(counts).reduce((a, b) => a + b, 0);
  const weightTotal = Object.values(weights).reduce((a, b) => a + b, 0);
  return Object.entries(weights).reduce((sum, [key, weight]) => {
    const expected = (total * weight) / weightTotal;
    return sum + ((counts[key] ?? 0) - expected) ** 2 / expected;
  }, 0);
}

function countVariants(configuration: ExperimentsSnapshot, profileIds = PROFILES): Record<string, number> {
  return Object.fromEntries(
    Map.groupBy(profileIds, (id) => variantOf(configuration, id) ?? 'none')
      .entries()
      .map(([key, ids]) => [key, ids.length]),
  );
}

describe('assignment', () => {
  it('never moves anybody between releases', () => {
    const configuration = snapshot([experiment()], { holdouts: [{ key: 'global', share: 0.05 }] });
    const pinned = PROFILES.slice(0, 12).map((id) => variantOf(configuration, id) ?? '-');
    expect(pinned.join(' ')).toMatchInlineSnapshot(
      `"treated control control control treated treated control control treated control control control"`,
    );
  });

  it('gives the same answer every time, in any order, with one of the variants of each experiment', () => {
    const configuration = snapshot([
      experiment({ buckets: { from: 0, to: 6_000 } }),
      experiment({ key: 'posters', layer: 'artwork', variants: variants({ a: 1, b: 2, c: 3 }, 'poster') }),
    ]);
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 128, unit: 'binary' }), (profileId) => {
        const first = assign(configuration, { profileId, now: NOW });
        assign(configuration, { profileId: `${profileId}x`, now: NOW });
        expect(assign(configuration, { profileId, now: NOW })).toEqual(first);
        expect(['a', 'b', 'c']).toContain(first.assignments.posters);
        expect(['control', 'treated', undefined]).toContain(first.assignments.diversity);
      }),
    );
  });

  it.each<Record<string, number>>([
    { control: 1, treated: 1 },
    { control: 9, treated: 1 },
    { a: 1, b: 1, c: 1 },
    { a: 5, b: 3, c: 1, d: 1 },
  ])('shares profiles out by weight: %o', (weights) => {
    const counts = countVariants(snapshot([experiment({ variants: variants(weights) })]));
    expect(chiSquare(counts, weights)).toBeLessThan(CRITICAL[Object.keys(weights).length - 1]!);
  });

  it('shares profiles of any salt out by weight', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20 }), (salt) => {
        const weights = { control: 2, treated: 1 };
        const counts = countVariants(
          snapshot([experiment({ salt, variants: variants(weights) })]),
          PROFILES.slice(0, 2_000),
        );
        // Wide enough for some hundred salts: the one-in-ten-million point of one degree of freedom.
        expect(chiSquare(counts, weights)).toBeLessThan(28.4);
      }),
      { numRuns: 50 },
    );
  });

  it('draws layers independently of each other', () => {
    const configuration = snapshot([
      experiment(),
      experiment({ key: 'posters', layer: 'artwork', variants: variants({ a: 1, b: 1 }, 'poster') }),
    ]);
    const cells: Record<string, number> = {};
    for (const profileId of PROFILES) {
      const { diversity, posters } = assign(configuration, { profileId, now: NOW }).assignments;
      cells[`${diversity} ${posters}`] = (cells[`${diversity} ${posters}`] ?? 0) + 1;
    }
    const even = { 'control a': 1, 'control b': 1, 'treated a': 1, 'treated b': 1 };
    expect(chiSquare(cells, even)).toBeLessThan(CRITICAL[3]!);
  });

  it('moves nobody when a layer with an experiment is added', () => {
    const before = snapshot([experiment()]);
    const after = snapshot([
      experiment({ key: 'posters', layer: 'artwork', variants: variants({ a: 1, b: 1 }, 'poster') }),
      experiment(),
    ]);
    for (const id of PROFILES) expect(variantOf(after, id)).toBe(variantOf(before, id));
  });

  it('moves profiles only into the variant whose weight grows, and no more of them than it needs', () => {
    const before = snapshot([experiment({ variants: variants({ a: 1, b: 1, c: 1 }) })]);
    const after = snapshot([experiment({ variants: variants({ a: 1, b: 2, c: 1 }) })]);
    let moved = 0;
    for (const id of PROFILES) {
      const [from, to] = [variantOf(before, id), variantOf(after, id)];
      if (from === to) continue;
      moved++;
      expect(to).toBe('b');
    }
    // A share of 1/2 instead of 1/3.
    expect(Math.abs(moved / PROFILES.length - 1 / 6)).toBeLessThan(0.01);
  });

  it('moves nobody who is in an experiment when its share or its list of variants grows', () => {
    const before = snapshot([experiment({ buckets: { from: 0, to: 1_000 } })]);
    const wider = snapshot([experiment({ buckets: { from: 0, to: 5_000 } })]);
    const more = snapshot([experiment({ variants: variants({ control: 1, treated: 1, third: 1 }) })]);
    for (const id of PROFILES) {
      const variant = variantOf(before, id);
      if (variant === undefined) continue;
      expect(variantOf(wider, id)).toBe(variant);
      expect([variant, 'third']).toContain(variantOf(more, id));
    }
  });

  it('puts a profile into one experiment of a layer at most, in proportion to their buckets', () => {
    const configuration = snapshot([
      experiment({ buckets: { from: 0, to: 2_000 } }),
      experiment({ key: 'other', buckets: { from: 2_000, to: 8_000 } }),
    ]);
    const counts = { diversity: 0, other: 0, none: 0 };
    for (const profileId of PROFILES) {
      const keys = Object.keys(assign(configuration, { profileId, now: NOW }).assignments);
      expect(keys.length).toBeLessThanOrEqual(1);
      counts[(keys[0] ?? 'none') as keyof typeof counts]++;
    }
    expect(chiSquare(counts, { diversity: 2, other: 6, none: 2 })).toBeLessThan(CRITICAL[2]!);
  });

  it('keeps held-out profiles out of everything, and the same ones whatever is configured', () => {
    const holdouts = [{ key: 'global', share: 0.05 }];
    const configuration = snapshot([experiment()], { holdouts });
    const heldOut = PROFILES.filter((profileId) => assign(configuration, { profileId, now: NOW }).holdout);
    expect(
      chiSquare({ out: heldOut.length, in: PROFILES.length - heldOut.length }, { out: 5, in: 95 }),
    ).toBeLessThan(CRITICAL[1]!);
    const later = snapshot([experiment({ key: 'next', salt: 'new' })], { holdouts });
    for (const profileId of heldOut) {
      expect(assign(later, { profileId, now: NOW })).toEqual({
        assignments: {},
        holdout: true,
        parameters: {},
      });
    }
    // Those who are not held out are spread as evenly as ever.
    const counts = countVariants(configuration);
    expect(
      chiSquare({ control: counts.control!, treated: counts.treated! }, { control: 1, treated: 1 }),
    ).toBeLessThan(CRITICAL[1]!);
  });

  it("keeps a layer's holdout out of that layer alone", () => {
    const configuration = snapshot(
      [
        experiment(),
        experiment({ key: 'posters', layer: 'artwork', variants: variants({ a: 1, b: 1 }, 'poster') }),
      ],
      { holdouts: [{ key: 'ranking-holdout', share: 0.5, layers: ['ranking'] }] },
    );
    const answers = PROFILES.slice(0, 200).map((profileId) => assign(configuration, { profileId, now: NOW }));
    const without = answers.filter(({ assignments }) => assignments.diversity === undefined);
    expect(without.length).toBeGreaterThan(50);
    expect(without.length).toBeLessThan(150);
    expect(answers.every(({ assignments, holdout }) => assignments.posters !== undefined && !holdout)).toBe(
      true,
    );
  });

  it('assigns between start and end, half-open, and only while running', () => {
    const at = (fields: Entry, now: number) =>
      Object.keys(assign(snapshot([experiment(fields)]), { profileId: 'ada', now }).assignments).length;
    const window = { startsAt: '2026-01-01T00:00:00Z', endsAt: '2026-02-01T01:00:00+01:00' };
    const [start, end] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 1, 1)];
    expect([start - 1, start, end - 1, end].map((now) => at(window, now))).toEqual([0, 1, 1, 0]);
    expect(['DRAFT', 'PAUSED', 'CONCLUDED'].map((status) => at({ status }, NOW))).toEqual([0, 0, 0]);
  });

  it('targets segments without moving variants', () => {
    const everybody = snapshot([experiment()]);
    const kids = snapshot([experiment({ segments: ['kids'] })]);
    for (const id of PROFILES.slice(0, 200)) {
      expect(variantOf(kids, id, 'diversity', 'kids')).toBe(variantOf(everybody, id));
      expect(variantOf(kids, id, 'diversity', 'adult')).toBeUndefined();
      expect(variantOf(kids, id)).toBeUndefined();
    }
  });

  it("hands out the assigned variants' parameters, with their types", () => {
    const configuration = snapshot([
      experiment({
        variants: [
          { key: 'only-a', weight: 1, parameters: { mmrLambda: 0.7, headline: 'For you', bold: true } },
          { key: 'only-b', weight: 1, parameters: { mmrLambda: 0.7, headline: 'For you', bold: true } },
        ],
      }),
      experiment({
        key: 'posters',
        layer: 'artwork',
        variants: [
          { key: 'x', weight: 1, parameters: { poster: 'dark' } },
          { key: 'y', weight: 1, parameters: { poster: 'dark' } },
        ],
      }),
    ]);
    expect(assign(configuration, { profileId: 'ada', now: NOW }).parameters).toEqual({
      mmrLambda: 0.7,
      headline: 'For you',
      bold: true,
      poster: 'dark',
    });
  });
});

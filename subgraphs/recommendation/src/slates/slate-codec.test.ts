import { LADDER_STEPS, ROW_KINDS } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSlate, encodeSlate } from './slate-codec.ts';
import type { StoredSlate } from './stored-slate.ts';

const text = fc.string({ minLength: 1, maxLength: 20 });
const reasons = fc.record({ text, titleIds: fc.array(text), personIds: fc.array(text) });
const items = fc.record(
  {
    titleId: text,
    reason: reasons,
    score: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((score) => !Object.is(score, -0)),
    propensity: fc.double({ min: 0.001, max: 1, noNaN: true }),
    sources: fc.array(text, { maxLength: 4 }),
  },
  { requiredKeys: ['titleId', 'propensity', 'sources'] },
);
const rows = fc.record(
  {
    id: text,
    kind: fc.constantFrom(...ROW_KINDS),
    headline: text,
    reason: reasons,
    items: fc.array(items, { maxLength: 10 }),
  },
  { requiredKeys: ['id', 'kind', 'headline', 'items'] },
);
const slates: fc.Arbitrary<StoredSlate> = fc.record(
  {
    id: text,
    surface: fc.constant('home' as const),
    profileId: text,
    generatedAt: fc.nat(),
    seed: fc.integer(),
    rows: fc.array(rows, { maxLength: 5 }),
    revision: fc.integer({ min: -1 }),
    about: text,
    degradations: fc.array(
      fc.record({ code: text, step: fc.constantFrom(...LADDER_STEPS), component: text, message: text }),
      { maxLength: 2 },
    ),
    modelVersions: fc.array(fc.record({ name: text, version: text }), { maxLength: 1 }),
    assignments: fc.dictionary(text, text, { noNullPrototype: true }),
    stamp: fc.string(),
  },
  {
    requiredKeys: [
      'id',
      'surface',
      'generatedAt',
      'seed',
      'rows',
      'revision',
      'degradations',
      'modelVersions',
      'assignments',
      'stamp',
    ],
  },
);

describe('slate codec', () => {
  test('a slate comes back as it was', () => {
    fc.assert(
      fc.property(slates, (slate) => {
        expect(decodeSlate(encodeSlate(slate))).toEqual(slate);
      }),
    );
  });

  test('what is not a slate, or one of another version, reads as absent', () => {
    expect(decodeSlate(undefined)).toBeUndefined();
    expect(decodeSlate(Buffer.from('not json'))).toBeUndefined();
    expect(decodeSlate(Buffer.from('null'))).toBeUndefined();
    expect(decodeSlate(Buffer.from('{"v":0}'))).toBeUndefined();
  });
});

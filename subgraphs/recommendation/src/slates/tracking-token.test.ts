import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTrackingTokens, type TokenPlace, type TokenScope } from './tracking-token.ts';

const tokens = createTrackingTokens('a secret for tests only');
const scope: TokenScope = {
  slateId: 'Zm9vYmFyYmF6cXV4',
  profileId: 'profile-1',
  revision: 4_711,
  modelVersion: '20260101T000000Z',
  assignments: { 'mmr-lambda': 'diverse' },
};
const place: TokenPlace = { titleId: 't_alien-1979', row: 3, position: 17, propensity: 0.25 };

const scopes = fc.record({
  slateId: fc.string({ minLength: 1, maxLength: 64 }),
  profileId: fc.option(fc.string({ minLength: 1, maxLength: 128 }), { nil: undefined }),
  revision: fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER }),
  modelVersion: fc.option(fc.string({ minLength: 1, maxLength: 128 }), { nil: undefined }),
  assignments: fc.dictionary(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), { maxKeys: 4 }),
});
const placed = {
  titleId: fc.string({ minLength: 1, maxLength: 128 }),
  row: fc.integer({ min: 0, max: 255 }),
  position: fc.integer({ min: 0, max: 65_535 }),
  propensity: fc.float({ min: Math.fround(1e-6), max: 1, noNaN: true }),
};
const places = fc.oneof(
  fc.record(placed),
  fc.record({ ...placed, rowKind: fc.constantFrom('TRENDING', 'GENRE') }),
  fc.record({ ...placed, rowKind: fc.constant('MY_LIST'), artworkVariant: fc.integer({ min: 0, max: 7 }) }),
);

describe('tracking tokens', () => {
  test('what is signed for a profile is read back for it, whatever the ids look like', () => {
    fc.assert(
      fc.property(scopes, places, (anyScope, anyPlace) => {
        const verdict = tokens.verify(tokens.signer(anyScope)(anyPlace), anyScope.profileId);
        const { profileId: _, ...rest } = anyScope;
        expect(verdict).toEqual({
          verdict: 'valid',
          place: { ...rest, assignments: { ...rest.assignments }, ...anyPlace },
        });
      }),
    );
  });

  test('a signer says the same of a place again, and something else of anything else', () => {
    const sign = tokens.signer(scope);
    const others: TokenPlace[] = [
      { ...place, titleId: 't_aliens-1986' },
      { ...place, row: 4 },
      { ...place, position: 18 },
      { ...place, propensity: 0.5 },
    ];
    const token = sign(place);
    expect(sign({ ...place })).toBe(token);
    expect(new Set([token, ...others.map(sign)]).size).toBe(5);
    for (const one of [place, ...others]) {
      expect(tokens.verify(sign(one), 'profile-1')).toMatchObject({ verdict: 'valid', place: one });
    }
  });

  test('a token of another profile is foreign, also for nobody in particular', () => {
    const token = tokens.signer(scope)(place);
    expect(tokens.verify(token, 'profile-2')).toEqual({ verdict: 'foreign' });
    expect(tokens.verify(token, undefined)).toEqual({ verdict: 'foreign' });
  });

  test('a token with any bit changed is forged', () => {
    const signed = Buffer.from(tokens.signer(scope)(place), 'base64url');
    for (let bit = 0; bit < signed.length * 8; bit++) {
      const changed = Buffer.from(signed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(tokens.verify(changed.toString('base64url'), 'profile-1')).toEqual({ verdict: 'forged' });
    }
  });

  test('another secret, another spelling and nonsense are forged', () => {
    const token = tokens.signer(scope)(place);
    const other = createTrackingTokens('another secret for tests').signer(scope)(place);
    for (const bad of [other, `${token}=`, `${token} `, token.slice(1), '', 'x', 'a'.repeat(100_000)]) {
      expect(tokens.verify(bad, 'profile-1')).toEqual({ verdict: 'forged' });
    }
  });

  test('a token is short enough for a query string and a short secret is refused', () => {
    expect(tokens.signer(scope)(place).length).toBeLessThan(220);
    expect(() => createTrackingTokens('short')).toThrow(RangeError);
  });
});

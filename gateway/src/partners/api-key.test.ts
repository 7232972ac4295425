import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOfKey, makeApiKey, readApiKey } from './api-key.ts';

describe('API keys', () => {
  it('can be recognised, read back, and never twice the same', () => {
    const keys = Array.from({ length: 200 }, () => makeApiKey('production', randomBytes));
    for (const { text, hash } of keys) {
      expect(text).toMatch(/^mqk_production_[0-9A-Za-z]{49}$/);
      expect(readApiKey(text)).toEqual({ environment: 'production', hash });
      expect(hash).toBe(hashOfKey(text));
    }
    expect(new Set(keys.map(({ text }) => text)).size).toBe(200);
  });

  it('carry all of their 256 bits', () => {
    const ends = [Buffer.alloc(32, 0), Buffer.alloc(32, 255)].map(
      (bytes) => makeApiKey('test', (() => bytes) as unknown as typeof randomBytes).text,
    );
    expect(ends.map((text) => text.length)).toEqual([58, 58]);
    expect(new Set(ends).size).toBe(2);
  });

  it('that were changed in any one place are not read', () => {
    const { text } = makeApiKey('test', randomBytes);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0aZ_-'), (at, letter) => {
        const changed = text.slice(0, at) + letter + text.slice(at + 1);
        expect(readApiKey(changed) === undefined || changed === text).toBe(true);
      }),
    );
  });

  it('are nothing that anybody can make up by chance', () => {
    fc.assert(fc.property(fc.string(), (text) => readApiKey(text) === undefined));
    expect(readApiKey('mqk_test_'.padEnd(100_000, 'a'))).toBeUndefined();
  });
});

import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineDocumentView, defineFeatureView } from '../index.ts';
import { applyToProfile } from '../materialiser/materialiser.ts';
import { arbitraryLog, titleTable } from '../test/arbitrary-log.ts';
import * as views from './index.ts';
import { emptyProfileState, profileStateView } from './index.ts';

const fields = [
  { name: 'a', unit: 'count', default: 0 },
  { name: 'b', unit: 'days', default: -1 },
];
const definition = { name: 'v', version: 2, entity: 'title', freshnessSeconds: 1, fields } as const;
const view = defineFeatureView(definition);

describe('a feature view', () => {
  it('gives back every float it was given, at any offset', () => {
    fc.assert(
      fc.property(fc.float(), fc.float(), fc.integer({ min: 0, max: 5 }), (a, b, offset) => {
        const target = new Float32Array(8);
        expect(view.decodeInto(view.encode(Float32Array.of(a, b)), target, offset)).toBe(true);
        expect(target[offset]).toBe(Math.fround(a));
        expect(target[offset + 1]).toBe(Math.fround(b));
      }),
    );
  });

  it.each([
    ['a missing blob', undefined],
    ['another version', defineFeatureView({ ...definition, version: 1 }).encode(Float32Array.of(5, 6))],
    ['a blob that was cut off', view.encode(Float32Array.of(5, 6)).subarray(0, 12)],
    ['a blob with something behind it', Buffer.concat([view.encode(Float32Array.of(5, 6)), Buffer.alloc(4)])],
    [
      'another version with fewer fields',
      defineFeatureView({ ...definition, version: 1, fields: fields.slice(0, 1) }).encode(Float32Array.of(5)),
    ],
    ['a header and nothing else', view.encode(Float32Array.of(5, 6)).subarray(0, 8)],
    ['bytes of something else', new Uint8Array(3)],
  ])('reads %s as defaults', (_, blob) => {
    const target = Float32Array.of(9, 9);
    expect(view.decodeInto(blob, target, 0)).toBe(false);
    expect([...target]).toEqual([0, -1]);
  });

  it('reads what was written before a field was added behind the others, and after', () => {
    const before = defineFeatureView({ ...definition, fields: fields.slice(0, 1) });
    const target = Float32Array.of(9, 9, 9);
    const moved = new Uint8Array(16);
    moved.set(before.encode(Float32Array.of(5)), 3);
    expect(view.decodeInto(moved.subarray(3, 15), target, 0)).toBe(true);
    expect([...target]).toEqual([5, -1, 9]);
    target.fill(9);
    expect(before.decodeInto(view.encode(Float32Array.of(5, 6)), target, 0)).toBe(true);
    expect([...target]).toEqual([5, 9, 9]);
  });

  it('keeps versions of a document apart by key', () => {
    const of = (version: number) => defineDocumentView<number>({ name: 'd', version, freshnessSeconds: 1 });
    expect(of(1).key('x')).not.toBe(of(2).key('x'));
    expect(of(1).decode(of(1).encode(5))).toBe(5);
    expect(of(1).decode(undefined)).toBeUndefined();
  });
});

describe('the page about feature views', () => {
  it('names every view and every count there is', async () => {
    const page = await readFile(new URL('../../../../docs/feature-views.md', import.meta.url), 'utf8');
    const named = Object.values(views).flatMap((view) =>
      typeof view === 'object' && 'decode' in view ? [view.name] : [],
    );
    const counted = Object.values(views).flatMap((view) =>
      typeof view === 'object' && 'decodeInto' in view && !view.name.endsWith('_shard') ? [view] : [],
    );
    expect(named.length).toBeGreaterThan(5);
    for (const name of [...named, ...counted.map((view) => view.name)]) expect(page).toContain(`\`${name}\``);
    for (const { name } of counted.flatMap((view) => view.fields)) {
      if (name !== 'updated_day') expect(page).toContain(`\`${name}\``);
    }
  });
});

describe('the profile state on the wire', () => {
  it('gives back every state exactly, also from unaligned memory and from a Buffer', () => {
    const titles = titleTable();
    fc.assert(
      fc.property(arbitraryLog(), fc.integer({ min: 0, max: 7 }), (log, shift) => {
        const state = log.reduce((s, delivered) => applyToProfile(s, delivered, titles), emptyProfileState());
        const blob = profileStateView.encode(state);
        const moved = new Uint8Array(blob.length + shift);
        moved.set(blob, shift);
        expect(profileStateView.decode(moved.subarray(shift))).toEqual(state);
        expect(profileStateView.decode(Buffer.from(moved.buffer, shift))).toEqual(state);
      }),
    );
  });

  it('takes ids that name parts of objects as ids', () => {
    const impressions = JSON.parse(
      '{"__proto__": {"count": 2, "lastAt": 5}, "constructor": {"count": 1, "lastAt": 6}}',
    );
    const decoded = profileStateView.decode(
      profileStateView.encode({ ...emptyProfileState(), impressions }),
    )!;
    expect(Object.keys(decoded.impressions).sort()).toEqual(['__proto__', 'constructor']);
    expect(decoded.reactions.constructor).toBeUndefined();
  });

  it('keeps when a profile was erased', () => {
    const state = { ...emptyProfileState(), erasedAt: 1_700_000_000_123 };
    expect(profileStateView.decode(profileStateView.encode(state))).toEqual(state);
  });

  it('reads another format as absent', () => {
    const blob = profileStateView.encode(emptyProfileState());
    blob[0] = 99;
    expect(profileStateView.decode(blob)).toBeUndefined();
    expect(profileStateView.decode(new Uint8Array(2))).toBeUndefined();
    expect(profileStateView.decode(undefined)).toBeUndefined();
  });
});

import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DAY_MS } from '@marquee/domain';
import { temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { coWatchNeighbours } from '../co-watch.ts';
import { tastefulInteractions } from '../test/interactions.ts';
import { type WatchLog, watchesBefore } from '../watch-log.ts';
import { createCollaborativeModel } from './collaborative-model.ts';
import { factoriseWatches, tooFewWatches } from './factorise-watches.ts';
import { decodeFactors, encodeFactors } from './factors-codec.ts';
import { readCollaborativeFolder } from './read-collaborative-folder.ts';
import { trainCollaborative, trainPastCollaborative } from './train-collaborative.ts';

const START = Date.UTC(2026, 0, 1);
const NOW = START + 100 * DAY_MS;

/** 120 profiles of three tastes, each with watches spread over 90 days. */
const watches: WatchLog = (() => {
  const data = tastefulInteractions({ seed: 4, users: 120, items: 90, tastes: 3, perUser: 24 });
  return new Map(
    data.users.map((id, u) => {
      const items = data.item.subarray(data.start[u]!, data.start[u + 1]!);
      return [
        id,
        Array.from(items, (item, i) => ({
          titleId: data.items[item]!,
          // Another order for everybody, so that the past holds some of every title.
          at: START + ((i * 7 + u) % items.length) * (90 / items.length) * DAY_MS,
        })).sort((a, b) => a.at - b.at),
      ];
    }),
  );
})();

const learning = { seed: 1, threads: 1 };
const trained = await factoriseWatches(watches, learning);
const model = createCollaborativeModel(trained!.factors);

async function versionFolder(): Promise<string> {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  return (await trainCollaborative(watches, { ...learning, now: NOW, folder: folder.path }))!;
}

describe('the collaborative model', () => {
  it('accounts for every score by the watches it rests on, exactly', () => {
    const history = watches.get('u5')!.map(({ titleId }) => titleId);
    const folded = model.fold(history)!;
    // Somebody else in between must not show through.
    model.fold(watches.get('u6')!.map(({ titleId }) => titleId));
    for (const id of model.titleIds) {
      const contributions = folded.contributions(id);
      expect(contributions.map(({ titleId }) => titleId).sort()).toEqual([...history].sort());
      const sum = contributions.reduce((total, { share }) => total + share, 0);
      expect(sum).toBeCloseTo(folded.score(id), 4);
      const shares = contributions.map(({ share }) => share);
      expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    }
  });

  it('names a watch of the same taste, not one of another', () => {
    // The first taste's block is items 0 to 29, the second's 30 to 59.
    const folded = model.fold(['i2', 'i33'])!;
    expect(folded.contributions('i35')[0]!.titleId).toBe('i33');
    expect(folded.contributions('i7')[0]!.titleId).toBe('i2');
  });

  it('knows a profile that was not trained on, whatever the order of its watches, and says nothing of strangers', () => {
    const one = model.fold(['i30', 'i33', 'unheard-of', 'i36'])!;
    const other = model.fold(['i36', 'i33', 'i30'])!;
    for (const id of ['i1', 'i40', 'i80']) expect(one.score(id)).toBeCloseTo(other.score(id), 5);
    expect(one.score('i40')).toBeGreaterThan(one.score('i1'));
    expect(one.score('unheard-of')).toBe(0);
    expect(one.contributions('unheard-of')).toEqual([]);
    expect(model.fold(['unheard-of'])).toBeUndefined();
    expect(model.fold([])).toBeUndefined();
  });

  it('is the same for a seed whatever the threads, and for a bound on the watches draws profiles', async () => {
    const again = await factoriseWatches(watches, { seed: 1, threads: 2 });
    expect(again!.factors.items).toEqual(trained!.factors.items);
    const bounded = await factoriseWatches(watches, { ...learning, maxWatches: 1_500 });
    expect(bounded!.profiles).toBeLessThan(trained!.profiles);
    expect(Math.abs(bounded!.watches - 1_500)).toBeLessThan(300);
    const sizes = new Set([...watches.values()].map((own) => own.length));
    expect(bounded!.watches / bounded!.profiles).toBeGreaterThan(Math.min(...sizes));
  });

  it('is not made of too little, and says what would be enough', async () => {
    const few: WatchLog = new Map([...watches].slice(0, 20));
    expect(tooFewWatches(watches)).toBeUndefined();
    expect(tooFewWatches(few)).toMatch(/344 watches .* by 20 profiles; it takes 1000/);
    expect(await factoriseWatches(few, learning)).toBeUndefined();
    expect(await factoriseWatches(new Map(), learning)).toBeUndefined();
  });

  it('finds later watches better than popularity where tastes differ', async () => {
    const from = START + 60 * DAY_MS;
    const past = watchesBefore(watches, from);
    const neighbours = await coWatchNeighbours(past, { now: from });
    const earlier = (await trainPastCollaborative(watches, { past, neighbours, from }, learning))!;
    const { metrics, gains } = earlier.measurement;
    expect(metrics.profiles).toBe(120);
    expect(metrics.collaborativeNdcg10!).toBeGreaterThan(1.5 * metrics.popularityNdcg10!);
    // 200 of 90 titles are all of them.
    expect(gains.recall200OverPopularity!.mean).toBe(0);
  });
});

describe('a version folder', () => {
  it('comes back as it was written', async () => {
    const { manifest, factors } = await readCollaborativeFolder(await versionFolder());
    expect(factors).toEqual(trained!.factors);
    expect(manifest).toMatchObject({ name: 'collaborative', titles: 90, version: '20260411T000000Z' });
  });

  it('is refused with the reason when a byte of it is another, a file is missing, or it was made for other histories', async () => {
    const folder = await versionFolder();
    const refused = async (change: (copy: string) => Promise<unknown>): Promise<string> => {
      const copy = `${folder}-${Math.random()}`;
      await cp(folder, copy, { recursive: true });
      await change(copy);
      const error = await readCollaborativeFolder(copy).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ code: 'MODEL_INCOMPATIBLE' });
      return (error as Error).message;
    };
    const edit = (name: string, replace: (text: string) => string) => async (copy: string) =>
      writeFile(join(copy, name), replace(await readFile(join(copy, name), 'latin1')), 'latin1');
    expect(await refused(edit('factors.bin', (bytes) => `${bytes.slice(0, -1)}x`))).toMatch(/checksum/);
    expect(await refused(edit('factors.bin', (bytes) => bytes.slice(0, 100)))).toMatch(/checksum/);
    expect(await refused(edit('manifest.json', () => '{'))).toMatch(/not JSON/);
    expect(
      await refused(edit('manifest.json', (text) => text.replace('"history": 50', '"history": 7'))),
    ).toMatch(/folds in 7 watches/);
    expect(
      await refused(
        edit('manifest.json', (text) => text.replace('"profile_state": 1', '"profile_state": 9')),
      ),
    ).toMatch(/version 9 in training/);
    await expect(readCollaborativeFolder(`${folder}-nowhere`)).rejects.toMatchObject({
      code: 'MODEL_INCOMPATIBLE',
    });
  });

  it('is not read as something else when its parts do not fit together', async () => {
    const bytes = encodeFactors(trained!.factors);
    await expect(decodeFactors(bytes, 91, 64)).rejects.toThrow(/bytes, not/);
    await expect(decodeFactors(bytes.slice(0, 3), 90, 64)).rejects.toThrow(/bytes, not/);
    const notFinite = Float32Array.from(trained!.factors.items, (value, i) => (i === 3 ? Number.NaN : value));
    await expect(
      decodeFactors(encodeFactors({ ...trained!.factors, items: notFinite }), 90, 64),
    ).rejects.toThrow(/not finite/);
    const twice = ['i1', ...trained!.factors.titleIds.slice(1)];
    await expect(
      decodeFactors(encodeFactors({ ...trained!.factors, titleIds: twice }), 90, 64),
    ).rejects.toThrow(/90 different titles/);
  });
});

import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inForceSince } from './in-force-since.ts';
import { ModelRegistry } from './model-registry.ts';
import { productionOf } from './stages/registry-state.ts';
import { trainedModel } from './test/models.ts';

const BY = { by: 'ada', why: 'a test' };
const FORCED = { ...BY, to: 'production', evidence: null, forced: false } as const;

function registryOf(...folder: [string?]): ModelRegistry {
  const temporary = folder[0] === undefined ? temporaryFolder() : undefined;
  if (temporary !== undefined) onTestFinished(temporary.remove);
  let now = Date.UTC(2026, 1, 1);
  return new ModelRegistry({
    modelsFolder: folder[0] ?? temporary!.path,
    clock: { now: () => now++ },
    isForeign: (name) => name.startsWith('collaborative-'),
  });
}

async function withModels(...versions: string[]): Promise<ModelRegistry> {
  const registry = registryOf();
  for (const [i, version] of versions.entries()) {
    await trainedModel(registry.modelsFolder, version, { seed: i + 1 });
  }
  return registry;
}

describe('the model registry', () => {
  it('says since when a version alone has answered: the first one always has', async () => {
    const registry = await withModels('a', 'b');
    await registry.adopt('ranker-a', BY);
    expect(await inForceSince(registry, 'ranker-a')).toBeUndefined();
    await registry.register('ranker-b', BY);
    expect(await inForceSince(registry, 'ranker-a')).toBeUndefined();
    await registry.promote('ranker-b', FORCED);
    expect(await inForceSince(registry, 'ranker-b')).toBeGreaterThan(Date.UTC(2026, 1, 1) + 5_000);
    await registry.rollback(BY);
    expect(await inForceSince(registry, 'ranker-a')).toBeGreaterThan(Date.UTC(2026, 1, 1) + 5_000);
  });

  it('records who moved what, when, why and on what evidence, and never changes a record', async () => {
    const registry = await withModels('a', 'b');
    await registry.adopt('ranker-a', BY);
    const first = readFileSync(join(registry.modelsFolder, '.registry/ranking/00000001.json'), 'utf8');
    await registry.promote('ranker-b', {
      ...FORCED,
      evidence: { ndcg: 0.4 },
      expectedProduction: 'ranker-a',
    });
    expect(await registry.history()).toMatchObject([
      {
        revision: 2,
        kind: 'promote',
        version: 'ranker-b',
        from: null,
        to: 'production',
        displaced: 'ranker-a',
        at: expect.stringMatching(/^2026-02-01/),
        ...BY,
        evidence: { ndcg: 0.4 },
      },
      { revision: 1, kind: 'adopt', version: 'ranker-a', displaced: null },
    ]);
    expect(readFileSync(join(registry.modelsFolder, '.registry/ranking/00000001.json'), 'utf8')).toBe(first);
    expect((await registry.current()).state.versions).toMatchObject({
      'ranker-a': { stage: 'archived' },
      'ranker-b': { stage: 'production' },
    });
  });

  it('keeps more records than other folders of revisions do', async () => {
    const registry = await withModels('a');
    await registry.adopt('ranker-a', BY);
    for (let i = 0; i < 30; i++) {
      await registry.pin('ranker-a', BY);
      await registry.unpin(BY);
    }
    expect(await registry.history(100)).toHaveLength(61);
  });

  it('rolls back one step at a time, and never to what was rolled away from', async () => {
    const registry = await withModels('a', 'b', 'c');
    await registry.adopt('ranker-a', BY);
    for (const version of ['ranker-b', 'ranker-c']) await registry.promote(version, FORCED);
    const production = async () => productionOf((await registry.current()).state);
    await registry.rollback(BY);
    expect(await production()).toBe('ranker-b');
    await registry.rollback(BY);
    expect(await production()).toBe('ranker-a');
    await expect(registry.rollback(BY)).rejects.toMatchObject({ code: 'CONFLICT' });
    await registry.promote('ranker-c', FORCED);
    await expect(registry.rollback(BY, 'ranker-b')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('lets one of two promotions win that were judged against the same production model', async () => {
    const registry = await withModels('a', 'b', 'c');
    await registry.adopt('ranker-a', BY);
    const other = registryOf(registry.modelsFolder);
    const results = await Promise.allSettled([
      registry.promote('ranker-b', { ...FORCED, expectedProduction: 'ranker-a' }),
      other.promote('ranker-c', { ...FORCED, expectedProduction: 'ranker-a' }),
    ]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'CONFLICT' },
    });
    expect(await registry.history()).toHaveLength(2);
  });

  it('goes back one step when two people roll back at once', async () => {
    const registry = await withModels('a', 'b', 'c');
    await registry.adopt('ranker-a', BY);
    for (const version of ['ranker-b', 'ranker-c']) await registry.promote(version, FORCED);
    await Promise.allSettled([registry.rollback(BY), registryOf(registry.modelsFolder).rollback(BY)]);
    expect(productionOf((await registry.current()).state)).toBe('ranker-b');
  });

  it('lets nothing replace a pinned version but a rollback', async () => {
    const registry = await withModels('a', 'b', 'c');
    await registry.adopt('ranker-a', BY);
    await registry.promote('ranker-b', FORCED);
    await registry.pin('ranker-b', BY);
    await expect(registry.promote('ranker-c', { ...FORCED, forced: true })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await registry.adopt('ranker-c', BY);
    expect((await registry.current()).state.versions['ranker-c']?.stage).toBe('candidate');
    const { state } = await registry.rollback(BY);
    expect([productionOf(state), state.pinned]).toEqual(['ranker-a', null]);
  });

  it('knows the way through shadow and canary, and no way out of production but another version', async () => {
    const registry = await withModels('a', 'b');
    await registry.promote('ranker-a', { ...FORCED, to: 'shadow' });
    await registry.promote('ranker-a', { ...FORCED, to: 'canary' });
    await expect(registry.promote('ranker-a', { ...FORCED, to: 'shadow' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await registry.promote('ranker-a', FORCED);
    await expect(registry.archive('ranker-a', BY)).rejects.toMatchObject({ code: 'CONFLICT' });
    await registry.archive('ranker-b', BY);
    expect((await registry.current()).state.versions['ranker-b']?.stage).toBe('archived');
  });

  it('refuses a model that is half written, corrupt, replaced or missing, and names it', async () => {
    const registry = await withModels('half', 'cut', 'replaced');
    const file = (version: string, name: string) => join(registry.modelsFolder, `ranker-${version}`, name);
    await registry.register('ranker-replaced', BY);
    rmSync(file('half', 'manifest.json'));
    truncateSync(file('cut', 'model.onnx'), 40);
    rmSync(join(registry.modelsFolder, 'ranker-replaced'), { recursive: true });
    await trainedModel(registry.modelsFolder, 'replaced', { seed: 9 });
    for (const [version, why] of [
      ['half', 'manifest.json cannot be read'],
      ['cut', 'model.onnx has checksum'],
      ['replaced', 'it was recorded with checksum'],
    ]) {
      await expect(registry.promote(`ranker-${version}`, FORCED)).rejects.toThrow(
        new RegExp(`ranker-${version}: .*${why}`, 's'),
      );
    }
    await expect(registry.verify('../ranker')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(registry.verify('ranker-none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await registry.history()).toHaveLength(1);
  });

  it('says that its last record is damaged instead of guessing, and takes what a crash left for nothing', async () => {
    const registry = await withModels('a');
    await registry.adopt('ranker-a', BY);
    const folder = join(registry.modelsFolder, '.registry/ranking');
    writeFileSync(join(folder, '.half-written.tmp'), '{"kind":');
    expect((await registry.current()).revision).toBe(1);
    await registry.pin('ranker-a', BY);
    truncateSync(join(folder, '00000002.json'), 100);
    await expect(registry.current()).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
    expect(readdirSync(folder)).toContain('00000002.json');
  });

  it('wants to know who and why', async () => {
    const registry = await withModels('a');
    await expect(registry.adopt('ranker-a', { by: 'ada', why: ' ' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});

import type { ModelVersion } from '@marquee/domain';
import { silentLogger } from '@marquee/service-kit';
import { waitUntil } from '@marquee/testkit';
import { describe, expect, it } from 'vitest';
import {
  COLLABORATIVE_MODEL_KEY,
  createModelFollower,
  type ModelRuntime,
  RANKING_MODEL_KEY,
} from './index.ts';

/** Loads are decided by the test; scoring is not what is followed. */
function runtime(bad: ReadonlySet<string>) {
  const loaded: string[] = [];
  let current: ModelVersion | undefined;
  const fake: Pick<ModelRuntime, 'load' | 'current'> = {
    get current() {
      return current;
    },
    async load(folder) {
      const name = folder.split('/').at(-1)!;
      if (bad.has(name)) throw new Error(`${name} is broken`);
      loaded.push(folder);
      current = { name: 'ranker', version: name } as ModelVersion;
      return current;
    },
  };
  return { runtime: fake as ModelRuntime, loaded };
}

function follower(options: { bad?: readonly string[]; firstWithinMs?: number; first?: string } = {}) {
  const { runtime: models, loaded } = runtime(new Set(options.bad));
  let tell: (name: string) => void = () => undefined;
  const component = createModelFollower({
    runtime: models,
    modelsFolder: '/models',
    firstWithinMs: options.firstWithinMs ?? 5_000,
    watch(key, onChange) {
      expect(key).toBe(RANKING_MODEL_KEY);
      tell = onChange;
      if (options.first !== undefined) onChange(options.first);
      return () => {
        tell = () => undefined;
      };
    },
    logger: silentLogger,
  });
  return { component, loaded, tell: (name: string) => tell(name) };
}

describe('following the production model', () => {
  it('has the named model before it says that it has started, and swaps when another is named', async () => {
    const { component, loaded, tell } = follower({ first: 'v1' });
    await component.start();
    expect(loaded).toEqual(['/models/v1']);
    tell('v2');
    await waitUntil(() => loaded.length === 2);
    expect(loaded[1]).toBe('/models/v2');
    expect(component.readiness()).toEqual({ ready: true });
    await component.stop();
    tell('v3');
    expect(loaded).toHaveLength(2);
  });

  it('goes on with the last good one when the next cannot be loaded, and says so', async () => {
    const { component, loaded, tell } = follower({ first: 'v1', bad: ['v2'] });
    await component.start();
    tell('v2');
    await waitUntil(() => component.readiness().detail?.includes('v2 is broken'));
    expect(component.readiness()).toMatchObject({
      ready: true,
      detail: expect.stringContaining('last good model'),
    });
    tell('v3');
    await waitUntil(() => loaded.includes('/models/v3'));
    await component.stop();
  });

  it('starts without a model when none is named in time', async () => {
    const { component } = follower({ firstWithinMs: 20 });
    await component.start();
    expect(component.readiness()).toMatchObject({
      ready: true,
      detail: expect.stringContaining('without the ranking model'),
    });
    await component.stop();
  });

  it.each(['../secrets', '/etc', '', 'a/b', '.hidden'])(
    'never looks for a model outside its folder: %j',
    async (name) => {
      const { component, loaded } = follower({ first: name });
      await component.start();
      expect(loaded).toEqual([]);
      await component.stop();
    },
  );

  it('skips versions that were superseded while another was being loaded', async () => {
    const { component, loaded, tell } = follower({ first: 'v1' });
    await component.start();
    tell('v2');
    tell('v3');
    tell('v4');
    await waitUntil(() => loaded.includes('/models/v4'));
    expect(loaded).not.toContain('/models/v2');
    await component.stop();
  });

  it('follows another kind of model under its own key and name', async () => {
    const { runtime: models, loaded } = runtime(new Set(['bad']));
    const keys: string[] = [];
    let tell: (name: string) => void = () => undefined;
    const component = createModelFollower({
      runtime: models,
      key: COLLABORATIVE_MODEL_KEY,
      model: 'collaborative model',
      modelsFolder: '/models',
      watch(key, onChange) {
        keys.push(key);
        tell = onChange;
        onChange('bad');
        return () => undefined;
      },
      logger: silentLogger,
    });
    await component.start();
    expect(keys).toEqual([COLLABORATIVE_MODEL_KEY]);
    expect(component.name).toBe('collaborative-model');
    expect(component.readiness()).toEqual({
      ready: true,
      detail: 'serving without the collaborative model: bad is broken',
    });
    tell('v1');
    await waitUntil(() => loaded.length === 1);
    expect(component.readiness()).toEqual({ ready: true });
    await component.stop();
  });
});

import { readFileSync } from 'node:fs';
import { silentLogger } from '@marquee/service-kit';
import { describe, expect, it } from 'vitest';
import { EXPERIMENTS_KEY, fixedExperiments, parseExperiments, watchedExperiments } from './index.ts';

const shipped = JSON.parse(
  readFileSync(new URL('../../../subgraphs/experiment/experiments.json', import.meta.url), 'utf8'),
);

async function watched() {
  let tell: ((value: string) => void) | undefined;
  const experiments = watchedExperiments({
    watch(key, onChange) {
      expect(key).toBe(EXPERIMENTS_KEY);
      tell = onChange;
      return () => {
        tell = undefined;
      };
    },
    fallback: fixedExperiments(parseExperiments({ ...shipped, experiments: [] }, 'test')),
    logger: silentLogger,
  });
  await experiments.start();
  return {
    experiments,
    tell: (value: unknown) => tell?.(JSON.stringify(value)),
    isWatched: () => tell !== undefined,
  };
}

describe('watched experiments', () => {
  it('are the fallback until told, and what was told last from then on', async () => {
    const { experiments, tell } = await watched();
    expect(experiments.current().experiments).toEqual([]);
    tell(shipped);
    expect(experiments.current().experiments).toHaveLength(shipped.experiments.length);
  });

  it('keep the last good configuration when a bad one comes, say so, and take the next good one', async () => {
    const { experiments, tell } = await watched();
    tell(shipped);
    const good = experiments.current();
    tell({ experiments: 'many' });
    expect(experiments.current()).toBe(good);
    expect(experiments.readiness()).toMatchObject({
      ready: true,
      detail: expect.stringContaining('last good'),
    });
    tell({ ...shipped, experiments: [] });
    expect(experiments.current().experiments).toEqual([]);
    expect(experiments.readiness()).toEqual({ ready: true });
  });

  it('are not watched any longer once stopped', async () => {
    const { experiments, isWatched } = await watched();
    await experiments.stop();
    expect(isWatched()).toBe(false);
  });
});

import type { ModelVersion } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import type { PipelineResult } from '@marquee/pipeline';
import { expect, test } from 'vitest';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import type { PlacedSlate } from '../slates/stored-slate.ts';
import { candidateOf, queryOf } from '../test/candidates.ts';
import type { ServedPage, ShadowScorer } from '../trials/shadow-scorer.ts';
import { shadowScoringSideEffect } from './shadow-scoring.side-effect.ts';

const version = (name: string): ModelVersion => ({ name: 'home-ranker', version: name });

async function offered(rankedBy: ModelVersion | undefined, current: ModelVersion | undefined) {
  const pages: ServedPage[] = [];
  const scorer: Pick<ShadowScorer, 'model' | 'offer'> = {
    model: { version: 'shadow', runtime: undefined as never },
    offer: (page) => pages.push(page),
  };
  const features = new Float32Array(3 * RANKING_COLUMNS.length);
  const selected = [0.5, 0.25, Number.NaN].map((probability, i) =>
    candidateOf(`t${i}`, [{}], { probability, rankedBy, features, featuresAt: i * RANKING_COLUMNS.length }),
  );
  const { run } = shadowScoringSideEffect(scorer, { modelRuntime: { current }, share: 1 });
  const result = {
    ...{ selected, nonSelected: [], removed: [] },
    query: queryOf({ slate: Promise.resolve({} as PlacedSlate) }),
    trace: { seed: 1, components: [] },
  } as unknown as PipelineResult<HomeQuery, HomeCandidate>;
  await run(result);
  return pages;
}

test('a model in shadow is compared with production on the pages that it ranked itself', async () => {
  const [page] = await offered(version('a'), version('a'));
  expect(page!.rows).toBe(2);
  expect([...page!.order]).toEqual([0.5, 0.25]);
  // A canary that has ended since, or what was in production before the last swap.
  expect(await offered(version('canary'), version('a'))).toEqual([]);
  expect(await offered(undefined, version('a'))).toEqual([]);
  expect(await offered(undefined, undefined)).toEqual([]);
});

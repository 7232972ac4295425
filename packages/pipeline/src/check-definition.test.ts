import { describe, expect, it } from 'vitest';
import {
  filter,
  hydrator,
  queryHydrator,
  reranker,
  scorer,
  sideEffect,
  source,
  type ToyDefinition,
  toyDefinition,
} from '../test/toy-pipeline.ts';
import { createPipeline, PipelineMisconfigured } from './index.ts';

const refused = (parts: Partial<ToyDefinition>): string => {
  try {
    createPipeline(toyDefinition(parts));
  } catch (error) {
    expect(error).toBeInstanceOf(PipelineMisconfigured);
    return (error as Error).message;
  }
  return 'accepted';
};

describe('a pipeline that does not fit together is refused when it is created', () => {
  it.each<[string, Partial<ToyDefinition>, string]>([
    [
      'two components of one name',
      { filters: [filter('same', () => true)], scorers: [scorer('same', () => 1)] },
      'the name same is taken',
    ],
    ['a name of the engine', { filters: [filter('merge', () => true)] }, 'the name merge is taken'],
    [
      'a name that is not kebab-case',
      { filters: [filter('Too Loud', () => true)] },
      '"Too Loud" is not in kebab-case',
    ],
    [
      'two query hydrators with one key',
      { queryHydrators: [queryHydrator('one', { taste: 'x' }), queryHydrator('two', { taste: 'y' })] },
      "two produces taste, which is one's",
    ],
    [
      'a query hydrator that replaces what the caller gives',
      { queryHydrators: [queryHydrator('one', { user: 'x' })] },
      "one produces user, which is the caller's",
    ],
    [
      'reading a sibling of the same phase',
      {
        queryHydrators: [
          queryHydrator('one', { taste: 'x' }),
          queryHydrator('two', { mood: 'y' }, { requires: ['taste'] }),
        ],
      },
      'two (phase 1) requires taste',
    ],
    [
      'phase 1 reading phase 2',
      {
        queryHydrators: [
          queryHydrator('late', { taste: 'x' }, { phase: 2 }),
          queryHydrator('early', { mood: 'y' }, { requires: ['taste'] }),
        ],
      },
      'early (phase 1) requires taste',
    ],
    [
      'a source that needs what nothing gives',
      { candidateSources: [source('letters', ['a'], { requires: ['mood'] })] },
      'letters requires mood',
    ],
    [
      'two feature hydrators with one field',
      { featureHydrators: [hydrator('one', 'weight', () => 1), hydrator('two', 'weight', () => 2)] },
      "two produces weight, which is one's",
    ],
    [
      'a scorer that replaces an initial field',
      { initial: ['score'], scorers: [scorer('model', () => 1)] },
      "model produces score, which is createCandidate's",
    ],
    [
      'a feature hydrator listed before what it needs',
      {
        featureHydrators: [
          hydrator('second', 'length', () => 1, { requiresOfCandidate: ['weight'] }),
          hydrator('first', 'weight', () => 1),
        ],
      },
      'second requires weight of candidates',
    ],
    [
      'a filter that needs what nothing makes',
      { filters: [filter('light', () => true, { requiresOfCandidate: ['weight'] })] },
      'light requires weight of candidates',
    ],
    [
      'a reranker that changes ids',
      { rerankers: [reranker('rename', (_, c) => [...c], { produces: ['id'] })] },
      "rename produces id, which is the merge's",
    ],
    [
      'a default without defaults',
      { scorers: [scorer('model', () => 1, { onFailure: 'default' })] },
      'model falls back to defaults and has none',
    ],
    [
      'no quota',
      { candidateSources: [source('letters', ['a'], { quota: 0 })] },
      'letters has no positive quota',
    ],
    ['no time', { sideEffects: [sideEffect('log', async () => {}, 0)] }, 'log has no positive timeoutMs'],
  ])('%s', (_, parts, message) => {
    expect(refused(parts)).toContain(message);
  });

  it('lists every fault at once', () => {
    const message = refused({
      filters: [filter('light', () => true, { requiresOfCandidate: ['weight'] })],
      scorers: [scorer('model', () => 1, { onFailure: 'default' })],
    });
    expect(message).toContain('light requires weight');
    expect(message).toContain('model falls back');
  });

  it('lets rerankers change fields that others made', () => {
    expect(
      refused({
        initial: ['propensity'],
        rerankers: [
          reranker('explore', (_, c) => [...c], { produces: ['propensity'] }),
          reranker('explore-more', (_, c) => [...c], { produces: ['propensity'] }),
        ],
      }),
    ).toBe('accepted');
  });
});

import { describe, expect, it } from 'vitest';
import {
  fallible,
  filter,
  hydrator,
  ids,
  queryHydrator,
  RUN,
  reranker,
  scorer,
  source,
  type ToyDefinition,
  type ToyQuery,
  top,
  toyDefinition,
} from '../test/toy-pipeline.ts';
import { createPipeline, PipelineFailure } from './index.ts';

const run = (parts: Partial<ToyDefinition>, options = RUN) =>
  createPipeline(toyDefinition(parts)).run({ user: 'u' }, options);
const never = () => new Promise<never>(() => {});
const away = async (): Promise<never> => {
  throw new Error('the store is away');
};

describe('query hydrators', () => {
  it('see what the caller gave and earlier phases made, never a sibling, and cannot change it', async () => {
    const seen: Record<string, ToyQuery> = {};
    const spy = (name: string, patch: Partial<ToyQuery>, phase: 1 | 2) =>
      queryHydrator(name, patch, {
        phase,
        hydrate: async (query) => {
          seen[name] = query;
          return patch;
        },
      });
    const given = { user: 'u' };
    const result = await createPipeline(
      toyDefinition({
        queryHydrators: [
          spy('late', { limit: 3 }, 2),
          spy('taste', { taste: 'noir' }, 1),
          spy('mood', { mood: 'calm' }, 1),
        ],
      }),
    ).run(given, RUN);
    expect(seen.taste).toEqual({ user: 'u' });
    expect(seen.mood).toEqual({ user: 'u' });
    expect(seen.late).toEqual({ user: 'u', taste: 'noir', mood: 'calm' });
    expect(result.query).toEqual({ user: 'u', taste: 'noir', mood: 'calm', limit: 3 });
    expect(Object.values(seen).every(Object.isFrozen) && Object.isFrozen(result.query)).toBe(true);
    expect(given).toEqual({ user: 'u' });
  });
});

describe('candidate sources', () => {
  it('are cut to the best of their quota in their own order, and the trace counts what was cut', async () => {
    const scores: Record<string, number> = { a: 1, b: Number.NaN, c: 3, d: 2 };
    const { selected, trace } = await run({
      candidateSources: [
        source('letters', [], {
          quota: 2,
          propose: async () => Object.entries(scores).map(([id, score]) => ({ id, score })),
        }),
      ],
    });
    expect(selected.map(({ id, provenance }) => [id, provenance[0]?.rank])).toEqual([
      ['c', 2],
      ['d', 3],
    ]);
    expect(trace.components.find(({ name }) => name === 'letters')).toMatchObject({ input: 4, output: 2 });
  });

  it('hand on what a source has looked up of an item; of several, what the first has that has any', async () => {
    const items = new Map<string, unknown>();
    const known = { of: 'b' };
    const propose = (...items: (object | undefined)[]) =>
      ({ propose: async () => ['a', 'b'].map((id, i) => ({ id, score: 1, item: items[i] })) }) as const;
    await run({
      candidateSources: [
        source('first', [], propose()),
        source('second', [], propose(undefined, known)),
        source('third', [], propose({ of: 'a' }, { of: 'another' })),
      ],
      createCandidate(merged) {
        items.set(merged.id, merged.item);
        return { id: merged.id, provenance: merged.provenance };
      },
    });
    expect(items.get('a')).toEqual({ of: 'a' });
    expect(items.get('b')).toBe(known);
  });

  it('keep their provenance when several propose one candidate', async () => {
    const { selected } = await run({
      candidateSources: [
        source('one', ['a', 'b']),
        source('two', [], { propose: async () => [{ id: 'b', score: 9, because: ['z'] }] }),
      ],
    });
    expect(selected.find(({ id }) => id === 'b')?.provenance).toEqual([
      { source: 'one', score: 1, rank: 1, because: [] },
      { source: 'two', score: 9, rank: 0, because: ['z'] },
    ]);
  });

  it('are left alone where they do not apply', async () => {
    const { selected, trace } = await run({
      candidateSources: [source('one', ['a']), source('two', ['b'], { applies: ({ user }) => user !== 'u' })],
    });
    expect(ids(selected)).toEqual(['a']);
    expect(trace.components.find(({ name }) => name === 'two')?.outcome).toBe('skipped');
    expect(trace.degraded).toEqual([]);
  });
});

describe('filters', () => {
  it('run as soon as what they need is there, the others in the listed order', async () => {
    const { trace, removed } = await run({
      candidateSources: [source('letters', ['a', 'b', 'c', 'd', 'e'])],
      featureHydrators: [
        hydrator('weigh', 'weight', ({ id }) => id.charCodeAt(0)),
        hydrator('measure', 'length', () => 1),
      ],
      filters: [
        filter('short', ({ length }) => length === 1, { requiresOfCandidate: ['length'] }),
        filter('light', ({ weight }) => weight! < 100, { requiresOfCandidate: ['weight'] }),
        filter('known', ({ id }) => id !== 'a'),
        filter('liked', ({ id }) => id !== 'b'),
        filter('worthy', ({ score }) => score! > 0, { requiresOfCandidate: ['score'] }),
      ],
      scorers: [scorer('model', () => 1)],
    });
    const order = trace.components.map(({ name, output }) => `${name} ${output}`);
    expect(order.slice(2)).toEqual([
      'known 4',
      'liked 3',
      'weigh 3',
      'light 1',
      'measure 1',
      'short 1',
      'model 1',
      'worthy 1',
      'top 1',
    ]);
    expect(removed.map(({ candidate, filter: by, reason }) => [candidate.id, by, reason])).toEqual([
      ['a', 'known', 'not-known'],
      ['b', 'liked', 'not-liked'],
      ['d', 'light', 'not-light'],
      ['e', 'light', 'not-light'],
    ]);
    expect(trace.components.find(({ name }) => name === 'light')?.removed).toEqual({ 'not-light': 2 });
  });

  it('never fail open, whatever they throw', async () => {
    const failure = await run({
      filters: [
        filter('hidden', () => {
          throw new Error('cannot say');
        }),
      ],
    }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PipelineFailure);
    expect(failure).toMatchObject({ component: 'hidden', cause: new Error('cannot say') });
  });
});

describe('scores', () => {
  it('sort the candidates; non-finite ones sink, ties break by id', async () => {
    const scores: Record<string, number> = {
      a: 1,
      b: Number.NaN,
      c: Number.POSITIVE_INFINITY,
      d: 2,
      e: 1,
      f: Number.NEGATIVE_INFINITY,
      g: -5,
    };
    const { selected } = await run({
      candidateSources: [source('letters', Object.keys(scores).reverse())],
      scorers: [scorer('model', ({ id }) => scores[id]!)],
    });
    expect(ids(selected)).toEqual(['d', 'a', 'e', 'g', 'b', 'c', 'f']);
  });
});

describe('rerankers', () => {
  it('may set what they produce on a copy', async () => {
    const { selected } = await run({
      rerankers: [
        reranker('explore', (_, c) => c.map((x) => ({ ...x, propensity: 0.5 })).reverse(), {
          produces: ['propensity'],
        }),
      ],
    });
    expect(selected.map(({ id, propensity }) => [id, propensity])).toEqual([
      ['c', 0.5],
      ['b', 0.5],
      ['a', 0.5],
    ]);
  });

  it('draw from streams of their own: drawing more in one changes no other', async () => {
    const drawing = (count: number) => {
      const drawn: number[] = [];
      return run({
        rerankers: [
          reranker('greedy', (_, c, { random }) => {
            for (let i = 0; i < count; i++) random();
            return [...c];
          }),
          reranker('modest', (_, c, { random }) => {
            drawn.push(random(), random());
            return [...c];
          }),
        ],
      }).then(() => drawn);
    };
    expect(await drawing(1)).toEqual(await drawing(50));
  });
});

describe('failures of the world', () => {
  it('are answered as each component says, and the trace says so', async () => {
    const { query, selected, trace } = await run({
      queryHydrators: [queryHydrator('taste', { taste: 'x' }, { onFailure: 'omit', hydrate: away })],
      candidateSources: [
        source('trending', [], { onFailure: 'omit', propose: away }),
        source('popular', [], {
          onFailure: 'default',
          propose: away,
          defaults: () => [{ id: 'z', score: 1 }],
        }),
      ],
      featureHydrators: [
        hydrator('weigh', 'weight', () => 1, {
          onFailure: 'default',
          hydrate: away,
          defaults: (_, candidates) => candidates.map(() => ({ weight: 9 })),
        }),
      ],
      scorers: [scorer('model', () => 1, { onFailure: 'omit', score: away })],
    });
    expect(query).toEqual({ user: 'u' });
    expect(selected).toMatchObject([{ id: 'z', weight: 9 }]);
    expect(trace.degraded).toEqual(
      (
        [
          ['taste', 'query-hydrator'],
          ['trending', 'candidate-source'],
          ['popular', 'candidate-source'],
          ['weigh', 'feature-hydrator'],
          ['model', 'scorer'],
        ] as const
      ).map(([component, kind]) => ({ component, kind, error: 'the store is away' })),
    );
    expect(trace.components.filter(({ outcome }) => outcome === 'defaulted').map(({ name }) => name)).toEqual(
      ['popular', 'weigh'],
    );
  });

  it('fail the run where the component says so, with the trace so far', async () => {
    const failure = await run({
      featureHydrators: [hydrator('weigh', 'weight', () => 1, { hydrate: away })],
    }).catch((error: unknown) => error as PipelineFailure);
    expect(failure).toBeInstanceOf(PipelineFailure);
    expect((failure as PipelineFailure).message).toBe('toy: weigh failed: the store is away');
    expect((failure as PipelineFailure).trace.components.map(({ name, outcome }) => [name, outcome])).toEqual(
      [
        ['letters', 'ok'],
        ['merge', 'ok'],
        ['weigh', 'failed'],
      ],
    );
  });

  it('include time-outs, which abort the signal', async () => {
    let signal: AbortSignal | undefined;
    const { selected, trace } = await run({
      candidateSources: [
        source('slow', [], {
          onFailure: 'omit',
          timeoutMs: 5,
          propose: (_, context) => {
            signal = context.signal;
            return never();
          },
        }),
        source('letters', ['a']),
      ],
    });
    expect(ids(selected)).toEqual(['a']);
    expect(signal?.aborted).toBe(true);
    expect(trace.degraded).toEqual([
      { component: 'slow', kind: 'candidate-source', error: 'no answer within 5 ms' },
    ]);
  });

  it('are told of their own time, and of no more than the request has', async () => {
    const told: Record<string, number> = {};
    const asks = (name: string, timeoutMs: number) =>
      source(name, [], {
        timeoutMs,
        propose: async (_, context) => {
          told[name] = context.remainingMs();
          return [];
        },
      });
    await run({ candidateSources: [asks('short', 1_000), asks('long', 60_000)] });
    expect(told.short).toBeGreaterThan(0);
    expect(told.short).toBeLessThanOrEqual(1_000);
    expect(told.long).toBeGreaterThan(1_000);
    expect(told.long).toBeLessThanOrEqual(RUN.deadlineMs);
  });

  it("call nothing once the request's time is up", async () => {
    let calls = 0;
    const { trace } = await run(
      {
        candidateSources: [
          source('letters', [], {
            onFailure: 'omit',
            propose: async () => {
              calls++;
              return [];
            },
          }),
        ],
      },
      { seed: 1, deadlineMs: 0 },
    );
    expect(calls).toBe(0);
    expect(trace.degraded).toMatchObject([{ component: 'letters', error: "the request's time was up" }]);
  });

  it('abort the siblings of a component that fails the run', async () => {
    let signal: AbortSignal | undefined;
    await expect(
      run({
        candidateSources: [
          source('patient', [], {
            propose: (_, context) => {
              signal = context.signal;
              return never();
            },
          }),
          source('broken', [], { propose: away }),
        ],
      }),
    ).rejects.toThrow('broken failed');
    expect(signal?.aborted).toBe(true);
  });
});

describe('programmer errors', () => {
  it.each([TypeError, ReferenceError, RangeError, SyntaxError])('never fail open: %o', async (Kind) => {
    const broken = async (): Promise<never> => {
      throw new Kind('oops');
    };
    const soft = { onFailure: 'omit' } as const;
    const breaking: Partial<ToyDefinition>[] = [
      { queryHydrators: [queryHydrator('it', { taste: 'x' }, { ...soft, hydrate: broken })] },
      { candidateSources: [source('it', [], { ...soft, propose: broken })] },
      {
        candidateSources: [
          source('it', [], {
            ...fallible,
            ...soft,
            propose: () => {
              throw new Kind('oops');
            },
          }),
        ],
      },
      { featureHydrators: [hydrator('it', 'weight', () => 1, { ...soft, hydrate: broken })] },
      { scorers: [scorer('it', () => 1, { ...soft, score: broken })] },
    ];
    for (const parts of breaking) {
      await expect(run(parts)).rejects.toMatchObject({
        name: 'PipelineFailure',
        component: 'it',
        cause: new Kind('oops'),
      });
    }
  });

  it('in the score order fail the run too', async () => {
    const scoreOf = () => {
      throw new TypeError('no score');
    };
    await expect(run({ scoreOf })).rejects.toMatchObject({ name: 'PipelineFailure', component: 'rank' });
  });
});

describe('an empty catalogue', () => {
  it('gives an empty page without calling what works on candidates', async () => {
    const { selected, trace } = await run({
      candidateSources: [source('letters', [])],
      featureHydrators: [hydrator('weigh', 'weight', () => 1, { hydrate: away })],
      filters: [
        filter('known', () => true, {
          filter: () => {
            throw new Error('called');
          },
        }),
      ],
      scorers: [scorer('model', () => 1, { score: away })],
      rerankers: [
        reranker('mix', () => {
          throw new Error('called');
        }),
      ],
      selector: top(3),
    });
    expect(selected).toEqual([]);
    expect(trace.components.slice(2).every(({ outcome }) => outcome === 'skipped')).toBe(true);
  });
});

describe('components that wait for nothing', () => {
  const BUSY_MS = 1.5;
  const busy = (): void => {
    const until = performance.now() + BUSY_MS;
    while (performance.now() < until);
  };

  /** Turns of the event loop that others got while a run went on. */
  async function turnsDuring(parts: Partial<ToyDefinition>): Promise<number> {
    let turns = 0;
    let running = true;
    const count = (): void => {
      turns++;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    await run(parts);
    running = false;
    return turns;
  }

  it('let others run between them, whether they start together or follow one another', async () => {
    const sources = Array.from({ length: 12 }, (_, i) =>
      source(`letters-${i}`, ['a'], {
        propose: async () => {
          busy();
          return [{ id: 'a', score: 1 }];
        },
      }),
    );
    // 18 ms in slices of about 2 ms.
    expect(await turnsDuring({ candidateSources: sources })).toBeGreaterThanOrEqual(5);
    const slowly = (): number => {
      busy();
      busy();
      return 1;
    };
    const featureHydrators = [
      hydrator('weigh', 'weight', slowly),
      hydrator('measure', 'length', slowly, { requiresOfCandidate: ['weight'] }),
    ];
    const scorers = [scorer('model', slowly, { requiresOfCandidate: ['length'] })];
    const candidateSources = [source('letters', ['a'])];
    expect(await turnsDuring({ candidateSources, featureHydrators, scorers })).toBeGreaterThanOrEqual(2);
  });
});

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ids, RUN, sideEffect, type ToyDefinition, toyDefinition } from '../test/toy-pipeline.ts';
import { ComponentTimedOut, createPipeline, type PipelineOptions } from './index.ts';

const failures: { sideEffect: string; error: unknown }[] = [];
const pipelineWith = (sideEffects: ToyDefinition['sideEffects'], options: PipelineOptions = {}) => {
  failures.length = 0;
  return createPipeline(toyDefinition({ sideEffects }), {
    onSideEffectFailure: (failure) => failures.push(failure),
    ...options,
  });
};
const never = () => new Promise<never>(() => {});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

describe('side effects', () => {
  it('begin after the caller has its answer, and see it', async () => {
    const order: string[] = [];
    const pipeline = pipelineWith([
      sideEffect('publish', async ({ selected }) => {
        order.push(`published ${ids(selected).join('')}`);
      }),
    ]);
    await pipeline.run({ user: 'u' }, RUN);
    order.push('answered');
    await pipeline.drain();
    expect(order).toEqual(['answered', 'published abc']);
    expect(pipeline.sideEffectFailures).toBe(0);
  });

  it('that fail are counted and reported, and hurt nobody', async () => {
    const pipeline = pipelineWith([
      sideEffect('rejects', async () => {
        throw new Error('bus away');
      }),
      sideEffect('throws', () => {
        throw new TypeError('oops');
      }),
    ]);
    await pipeline.run({ user: 'u' }, RUN);
    await pipeline.drain();
    expect(pipeline.sideEffectFailures).toBe(2);
    expect(failures).toEqual([
      { sideEffect: 'rejects', error: new Error('bus away') },
      { sideEffect: 'throws', error: new TypeError('oops') },
    ]);
  });

  it('hold no more of a result than they have taken from it, however long they take', async () => {
    let selected: WeakRef<object> | undefined;
    const pipeline = pipelineWith([
      sideEffect('publish', (result) => {
        selected = new WeakRef(result.selected);
        return never();
      }),
    ]);
    await pipeline.run({ user: 'u' }, RUN);
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    collectGarbage();
    expect(selected).toBeDefined();
    expect(selected!.deref()).toBeUndefined();
  });

  it('that take too long are cut off', async () => {
    const pipeline = pipelineWith([sideEffect('slow', never, 5)]);
    await pipeline.run({ user: 'u' }, RUN);
    await pipeline.drain();
    expect(pipeline.sideEffectFailures).toBe(1);
    expect(failures[0]?.error).toBeInstanceOf(ComponentTimedOut);
  });

  it('beyond the bound are refused and counted, and the bound opens again', async () => {
    let release = () => {};
    const pipeline = pipelineWith([sideEffect('held', () => new Promise((resolve) => (release = resolve)))], {
      maxRunningSideEffects: 1,
    });
    await pipeline.run({ user: 'u' }, RUN);
    await pipeline.run({ user: 'u' }, RUN);
    expect(pipeline.sideEffectFailures).toBe(1);
    await new Promise(setImmediate);
    release();
    await new Promise(setImmediate);
    await pipeline.run({ user: 'u' }, RUN);
    expect(pipeline.sideEffectFailures).toBe(1);
    await new Promise(setImmediate);
    release();
    await pipeline.drain();
  });

  it('are waited for when draining, within a bound, and refused afterwards', async () => {
    const pipeline = pipelineWith([sideEffect('slow', never)]);
    await pipeline.run({ user: 'u' }, RUN);
    await pipeline.drain(5);
    expect(failures).toMatchObject([{ sideEffect: 'slow' }]);
    const { selected } = await pipeline.run({ user: 'u' }, RUN);
    expect(ids(selected)).toEqual(['a', 'b', 'c']);
    expect(pipeline.sideEffectFailures).toBe(2);
    expect(String(failures[1]?.error)).toContain('shutting down');
  });
});

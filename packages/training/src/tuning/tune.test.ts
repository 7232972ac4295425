import { describe, expect, it } from 'vitest';
import { EASE_DEFAULTS, type Train, trainEase } from '../models/index.ts';
import { leaveLastOut, splitAtRandom } from '../protocols/index.ts';
import { interactionsOf, type Row, tastefulInteractions } from '../test/interactions.ts';
import { tune } from './tune.ts';

const interactions = tastefulInteractions({ seed: 3, users: 120, items: 60, tastes: 4, perUser: 12 });
const split = splitAtRandom(interactions, { seed: 1 });

/** Everybody's last choice is `z`, and the model ranks it one place lower per step that its settings are away from (4, 2). */
const goal = leaveLastOut(
  interactionsOf(
    ['a', 'b', 'c'].flatMap((user) => [
      ...'defghijkl'.split('').map((item, i): Row => [user, item, i]),
      [user, 'z', 100] as Row,
    ]),
  ),
);
const Z = goal.train.items.indexOf('z');

function landscape(seen: string[] = []): Train<{ a?: number; b?: number }> {
  return async (_, { a = 0, b = 0 }) => {
    seen.push(`${a},${b}`);
    const above = Math.abs(a - 4) + Math.abs(b - 2);
    const others = [...goal.train.items.keys()].filter((item) => item !== Z);
    return {
      recommend: (__, k) => Uint32Array.from(others.toSpliced(above, 0, Z).slice(0, k)),
      score: () => expect.unreachable('tuning ranks'),
    };
  };
}

describe('tuning', () => {
  it('never ends below where it started, and says what it tried', async () => {
    const start = { lambda: 5_000, maxItems: EASE_DEFAULTS.maxItems };
    const space = { lambda: [1, 5, 25, 125, 625, 5_000] };
    const tuned = await tune(trainEase, split, space, start, { seed: 1, threads: 1 });
    const best = Math.max(...tuned.trials.map(({ ndcg }) => ndcg));
    expect(tuned.trials[0]!.settings).toEqual(start);
    expect(tuned.trials.find(({ settings }) => settings === tuned.settings)!.ndcg).toBe(best);
    expect(tuned.settings.maxItems).toBe(start.maxItems);
  });

  it('is the same run after run', async () => {
    const run = () =>
      tune(trainEase, split, { lambda: [1, 10, 100] }, { lambda: 100 }, { seed: 1, threads: 1 });
    expect(await run()).toEqual(await run());
  });

  it('moves each option along its grid, from a start that is not on it', async () => {
    const seen: string[] = [];
    const tuned = await tune(
      landscape(seen),
      goal,
      { a: [1, 2, 3, 4, 5], b: [0, 2, 4] },
      { a: 2, b: 3 },
      { seed: 1 },
    );
    expect(tuned.settings).toEqual({ a: 4, b: 2 });
    // One step too far shows that there is nothing better; nothing is trained twice.
    expect(seen).toEqual(['2,3', '3,3', '4,3', '5,3', '4,4', '4,2', '4,0', '5,2', '3,2']);
    expect(tuned.trials.length).toBe(seen.length);
  });

  it('stops at its number of trials, and when asked to', async () => {
    const space = { a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], b: [0, 1, 2, 3, 4] };
    const few = await tune(landscape(), goal, space, { a: 10, b: 4 }, { seed: 1, maxTrials: 3 });
    expect(few.trials).toHaveLength(3);
    const stop = new AbortController();
    const stopped = tune(
      landscape(),
      split,
      space,
      { a: 10, b: 4 },
      {
        seed: 1,
        signal: stop.signal,
        onProgress: () => stop.abort(new Error('enough')),
      },
    );
    await expect(stopped).rejects.toThrow('enough');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker, type Outcome, type Passage } from './circuit-breaker.ts';

function breaker(failures = 3) {
  let now = 0;
  const made = new CircuitBreaker({ failures, restMs: 100, now: () => now });
  const ask = (outcome: Outcome): Passage => {
    const passage = made.enter();
    if (passage !== 'refused') made.left(passage, outcome);
    return passage;
  };
  const wait = (ms: number): void => {
    now += ms;
  };
  return { made, ask, wait };
}

describe('a subgraph', () => {
  it('is left alone after failures in a row, and asked again by one at a time', () => {
    const { made, ask, wait } = breaker();
    ask('failed');
    ask('failed');
    ask('answered');
    for (let i = 0; i < 3; i++) expect(ask('failed')).toBe('free');
    expect(ask('answered')).toBe('refused');
    wait(100);
    expect(made.enter()).toBe('trial');
    expect(made.enter()).toBe('refused');
    made.left('trial', 'answered');
    expect(ask('answered')).toBe('free');
  });

  it('rests twice as long after each try in vain, up to a bound, and from the beginning once it has answered', () => {
    const { ask, wait } = breaker(1);
    ask('failed');
    for (const rest of [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]) {
      wait(rest - 1);
      expect(ask('failed')).toBe('refused');
      wait(1);
      expect(ask('failed')).toBe('trial');
    }
    wait(10_000);
    expect(ask('answered')).toBe('trial');
    ask('failed');
    wait(100);
    expect(ask('answered')).toBe('trial');
  });

  it('is tried by the next when whoever tried went away', () => {
    const { ask, wait } = breaker(1);
    ask('failed');
    wait(100);
    expect(ask('unknown')).toBe('trial');
    expect(ask('answered')).toBe('trial');
    expect(ask('answered')).toBe('free');
  });

  it('is tried by the next when whoever tried could not even send', async () => {
    const { made, ask, wait } = breaker(1);
    ask('failed');
    wait(100);
    const answered = () => 'answered' as const;
    const broken = () => {
      throw new TypeError('not a header');
    };
    await expect(made.through(broken, answered)).rejects.toThrow('not a header');
    expect(await made.through(() => Promise.resolve('here'), answered)).toBe('here');
    expect(made.isOpen).toBe(false);
    ask('failed');
    expect(made.through(() => Promise.resolve('here'), answered)).toBeUndefined();
  });

  it('is not left alone for longer by what was sent before', () => {
    const { made, wait } = breaker(1);
    const passages = [1, 2, 3].map(() => made.enter() as 'free');
    for (const passage of passages) made.left(passage, 'failed');
    wait(100);
    expect(made.enter()).toBe('trial');
  });

  it('is asked for ever as long as every so many requests are answered', () => {
    const outcomes = fc.array(fc.constantFrom<Outcome>('answered', 'failed', 'unknown'));
    fc.assert(
      fc.property(outcomes, (given) => {
        const { ask } = breaker(4);
        let inARow = 0;
        for (const outcome of given) {
          const bounded = outcome === 'failed' && inARow === 3 ? 'answered' : outcome;
          if (bounded !== 'unknown') inARow = bounded === 'failed' ? inARow + 1 : 0;
          expect(ask(bounded)).toBe('free');
        }
      }),
    );
  });
});

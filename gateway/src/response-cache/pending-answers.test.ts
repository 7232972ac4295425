import { expect, it } from 'vitest';
import { flightOf, PendingAnswers } from './pending-answers.ts';

const slot = { key: 'k', subjects: [] };
const flight = flightOf(slot, { versions: '1' });

it('whoever wants what is being computed is given it, and nobody after that', async () => {
  const pending = new PendingAnswers();
  const done = pending.begin([flight, 'other']);
  const waiting = [pending.of(flight), pending.of('other')];
  done(['text', undefined]);
  expect(await Promise.all(waiting)).toEqual(['text', undefined]);
  expect([pending.of(flight), pending.of('other')]).toEqual([undefined, undefined]);
});

it('who computes the same once more neither ends nor answers for the first', async () => {
  const pending = new PendingAnswers();
  const first = pending.begin([flight]);
  const second = pending.begin([flight]);
  const waiting = pending.of(flight);
  second(['second']);
  expect(pending.of(flight)).toBe(waiting);
  first(['first']);
  expect(await waiting).toBe('first');
});

it('one answer over other versions is another', () => {
  expect(flightOf(slot, { versions: '2' })).not.toBe(flight);
  expect(flightOf({ ...slot, owner: 'ada' }, { versions: '1' })).not.toBe(flight);
});

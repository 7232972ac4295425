import { describe, expect, it } from 'vitest';
import { LINE } from './test/simulation.ts';
import { BROWSE, CRITICAL, PREFETCH, WaitingLine } from './waiting-line.ts';

describe('the waiting line', () => {
  it('serves the newest first as soon as somebody has waited beyond the target, and the others after them', () => {
    const line = new WaitingLine<string>(LINE);
    line.join('first', BROWSE, 0);
    line.join('second', BROWSE, 1);
    line.join('third', BROWSE, 15);
    expect(line.next(16)).toBe('first');
    expect(line.next(LINE.targetMs + 10)).toBe('third');
    expect(line.pressed).toBe(false);
    expect(line.next(LINE.targetMs + 11)).toBe('second');
  });

  it('lets a critical newcomer into a full line of others, and nobody else', () => {
    const line = new WaitingLine<string>({ ...LINE, limit: 2 });
    expect(line.join('browse 1', BROWSE, 0)).toBeUndefined();
    expect(line.join('browse 2', BROWSE, 0)).toBeUndefined();
    expect(line.join('browse 3', BROWSE, 0)).toBe('browse 3');
    expect(line.join('prefetch', PREFETCH, 0)).toBe('prefetch');
    expect(line.join('home', CRITICAL, 0)).toBe('browse 1');
    expect([line.next(1), line.next(1), line.next(1)]).toEqual(['home', 'browse 2', undefined]);
  });
});

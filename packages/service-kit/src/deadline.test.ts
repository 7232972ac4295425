import { describe, expect, it } from 'vitest';
import { beforeDeadline, deadlineAfter } from './deadline.ts';

describe('deadlines', () => {
  it('pass on the result of work that is in time', async () => {
    await expect(beforeDeadline(Promise.resolve('rows'), deadlineAfter(1_000), 'ranking')).resolves.toBe(
      'rows',
    );
  });

  it('pass on the failure of work that fails in time', async () => {
    const work = Promise.reject(new Error('no model'));
    await expect(beforeDeadline(work, deadlineAfter(1_000), 'ranking')).rejects.toThrow('no model');
  });

  it('name what was too late', async () => {
    await expect(beforeDeadline(new Promise(() => {}), deadlineAfter(5), 'ranking')).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: 'ranking did not answer within its deadline',
    });
  });

  it('swallow what fails after its time', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    let failLate = (_: Error) => {};
    const late = new Promise<never>((_, reject) => {
      failLate = reject;
    });
    await expect(beforeDeadline(late, deadlineAfter(0), 'ranking')).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    failLate(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('only ever get nearer when narrowed', () => {
    const deadline = deadlineAfter(50);
    expect(deadline.within(10_000).remainingMs()).toBeLessThanOrEqual(50);
    expect(deadline.within(5).remainingMs()).toBeLessThanOrEqual(5);
    expect(deadlineAfter(-1)).toMatchObject({ expired: true });
    expect(deadlineAfter(-1).remainingMs()).toBe(0);
    expect(deadline.expired).toBe(false);
  });
});

import { temporaryFolder } from '@marquee/testkit';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Spool, type SpooledEvent } from './spool.ts';

const LIMITS = { maxEvents: 1_000, maxBytes: 10_000_000 };
const folder = temporaryFolder();
let spool: Spool;
let opened = 0;

const event = (eventId: string, body: string, profile = 'ada'): SpooledEvent => ({
  eventId,
  profileId: profile,
  subject: 'events',
  body,
});

beforeEach(async () => {
  spool = await Spool.open(folder.file(`spool-${opened++}.db`), LIMITS);
});
afterEach(() => spool.close());
afterAll(folder.remove);

describe('the spool', () => {
  const firstIds = async (maxEvents: number, maxBytes: number) =>
    (await spool.first(maxEvents, maxBytes)).map(({ eventId }) => eventId);

  it('hands out the oldest in order, no more than asked for by number and by bytes', async () => {
    await spool.append(['a', 'b', 'c', 'd'].map((id) => event(id, 'x'.repeat(100))));
    expect(await firstIds(10, 10_000)).toEqual(['a', 'b', 'c', 'd']);
    expect(await firstIds(3, 10_000)).toEqual(['a', 'b', 'c']);
    expect(await firstIds(10, 250)).toEqual(['a', 'b']);
    expect(await firstIds(10, 200)).toEqual(['a', 'b']);
  });

  it('hands out one that is longer than asked for, or nobody behind it would ever come', async () => {
    await spool.append([event('long', 'x'.repeat(5_000)), event('short', 'x')]);
    const [long] = await spool.first(10, 1_000);
    expect(long).toMatchObject({ eventId: 'long', body: 'x'.repeat(5_000) });
    expect(await firstIds(10, 1_000)).toEqual(['long']);
    await spool.remove([long!]);
    expect(await firstIds(10, 1_000)).toEqual(['short']);
  });

  it('counts bytes and not characters', async () => {
    await spool.append(['a', 'b'].map((id) => event(id, 'é'.repeat(100))));
    expect(await firstIds(10, 300)).toEqual(['a']);
    expect(await firstIds(10, 400)).toEqual(['a', 'b']);
  });

  it('is empty when everything is removed, and when it was never filled', async () => {
    expect(await firstIds(10, 1_000)).toEqual([]);
    await spool.append([event('a', 'x')]);
    await spool.remove(await spool.first(10, 1_000));
    expect(spool.size).toBe(0);
    expect(await firstIds(10, 1_000)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { collect, type Subject } from './subject.ts';

export function describeLife({ catalogue }: Subject): void {
  describe('its life', () => {
    it('is ready between start and stop, and refuses calls outside', async () => {
      expect(catalogue().readiness().ready).toBe(true);
      await catalogue().stop();
      await catalogue().stop();
      expect(catalogue().readiness().ready).toBe(false);
      await expect(catalogue().count()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    });

    it('answers every read when it is empty', async () => {
      expect(await catalogue().findTitles({ first: 10 })).toEqual({ titles: [], hasNextPage: false });
      expect(await catalogue().findTitles({ first: 10, search: 'x' })).toEqual({
        titles: [],
        hasNextPage: false,
      });
      expect(await catalogue().titlesByIds([])).toEqual([]);
      expect(await catalogue().titlesByIds(['a'])).toEqual([undefined]);
      expect(await collect(catalogue().scan())).toEqual([]);
      expect(await catalogue().count()).toBe(0);
    });
  });
}

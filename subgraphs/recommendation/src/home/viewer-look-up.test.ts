import { createMemoryStore } from '@marquee/feature-store/memory';
import { emptyProfileState, profileStateView } from '@marquee/features';
import { deadlineAfter, MarqueeError } from '@marquee/service-kit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ViewerRecords } from '../erasures/viewer-records.ts';
import { ViewerLookUp } from './viewer-look-up.ts';

const ORDINARY_MS = 100;
const state = { ...emptyProfileState(), revision: 7, hiddenTitleIds: ['t'] };

/** A real store whose answers take as long as a test says, or never come, or are refused at once. */
async function slowStore() {
  const store = createMemoryStore();
  await store.start();
  await store.putMany([{ key: profileStateView.key('ada'), value: profileStateView.encode(state) }]);
  const control = { takesMs: 0, away: false, reads: 0 };
  const slow = new Proxy(store, {
    get(target, key) {
      if (key !== 'getMany') return Reflect.get(target, key, target);
      return async (keys: readonly string[]) => {
        control.reads++;
        if (control.away) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'taken away by a test');
        if (control.takesMs > 0) await new Promise((resolve) => setTimeout(resolve, control.takesMs));
        return target.getMany(keys);
      };
    },
  });
  const ledger = { position: 0, keyOf: (id: string) => `erasure:${id}`, latest: () => undefined };
  return { control, viewers: new ViewerRecords(slow, ledger as never) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a store that is slow is waited for: nobody is shown what they have hidden', async () => {
  const { control, viewers } = await slowStore();
  const lookUp = new ViewerLookUp(viewers, ORDINARY_MS);
  control.takesMs = 800;
  const found = lookUp.read('ada', deadlineAfter(10_000));
  await vi.advanceTimersByTimeAsync(900);
  expect((await found).state.hiddenTitleIds).toEqual(['t']);
});

test('a store that hangs is waited for by a few, once, and again when it has answered somebody', async () => {
  const { control, viewers } = await slowStore();
  const lookUp = new ViewerLookUp(viewers, ORDINARY_MS);
  control.takesMs = 3_600_000;
  const begun = performance.now();
  const took: number[] = [];
  const ask = () =>
    lookUp
      .read('ada', deadlineAfter(10_000))
      .catch(() => void took.push(Math.round(performance.now() - begun)));
  const asked = Array.from({ length: 20 }, ask);
  await vi.advanceTimersByTimeAsync(1_000);
  await Promise.all(asked);
  expect(took.filter((ms) => ms <= 2 * ORDINARY_MS)).toHaveLength(4);
  expect(took.filter((ms) => ms >= 900)).toHaveLength(16);

  control.reads = 0;
  const next = lookUp.read('ada', deadlineAfter(10_000));
  const refused = expect(next).rejects.toThrow('did not answer');
  await vi.advanceTimersByTimeAsync(ORDINARY_MS);
  await refused;
  expect(control.reads).toBe(1);

  control.takesMs = 50;
  const answered = lookUp.read('ada', deadlineAfter(10_000));
  await vi.advanceTimersByTimeAsync(50);
  await answered;
  control.takesMs = 500;
  const patient = lookUp.read('ada', deadlineAfter(10_000));
  await vi.advanceTimersByTimeAsync(700);
  expect((await patient).state.revision).toBe(7);
});

test('a store that is away, and a request whose time is over, are not waited for', async () => {
  const { control, viewers } = await slowStore();
  const lookUp = new ViewerLookUp(viewers, ORDINARY_MS);
  control.away = true;
  await expect(lookUp.read('ada', deadlineAfter(10_000))).rejects.toThrow('taken away');
  expect(control.reads).toBe(1);
  control.away = false;
  control.takesMs = 3_600_000;
  const hasty = lookUp.read('ada', deadlineAfter(50));
  const refused = expect(hasty).rejects.toThrow('did not answer');
  await vi.advanceTimersByTimeAsync(50);
  await refused;
});

/** Look-ups that are made in one go become one question to the store. */
import type { GuardedStore } from './guarded-store.ts';
import type { Found, Slot } from './response-store.ts';

export type LookUp = (slots: readonly Slot[]) => Promise<readonly Found[] | undefined>;

/** For one request. What is asked for together is answered together, so that what is then missing is fetched together. */
export function lookUpsOf(store: GuardedStore): LookUp {
  let waiting: { slots: Slot[]; found: Promise<readonly Found[] | undefined> } | undefined;
  return async (slots) => {
    if (waiting === undefined) {
      const batch: Slot[] = [];
      const found = Promise.resolve().then(() => {
        waiting = undefined;
        return store.read(batch);
      });
      waiting = { slots: batch, found };
    }
    const from = waiting.slots.length;
    for (const slot of slots) waiting.slots.push(slot);
    const { found } = waiting;
    return (await found)?.slice(from, from + slots.length);
  };
}

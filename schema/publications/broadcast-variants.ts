/** Preview variants through the configuration broadcast: a list that gateways watch, and a text for each. */
import type { ConfigurationBroadcast } from '@marquee/coordination';
import {
  decodeVariants,
  encodeVariant,
  encodeVariants,
  VARIANTS_KEY,
  variantTextKey,
} from '@marquee/gateway/supergraph';
import { assertRoom, current, datedVariant, unknownVariant, type Variants } from './variants.ts';

export interface BroadcastVariantPublicationsOptions {
  /** What gateways watch; started. */
  readonly broadcast: ConfigurationBroadcast;
  readonly now: () => Date;
}

export function broadcastVariantPublications({
  broadcast,
  now,
}: BroadcastVariantPublicationsOptions): Variants {
  async function read() {
    const value = await broadcast.get(VARIANTS_KEY);
    const all = value === undefined ? [] : decodeVariants(value.value);
    return { all, living: current(all, now()), revision: value?.revision ?? 0 };
  }

  return {
    list: async () => (await read()).living,
    async publish(given) {
      const { sdl, ...variant } = datedVariant(given, now());
      const { all, living, revision } = await read();
      const others = living.filter(({ name }) => name !== variant.name);
      assertRoom(others);
      // Gateways are told by the list; whoever loses the race for it has to publish once more.
      await broadcast.put(variantTextKey(variant.name), encodeVariant({ ...variant, sdl }));
      await broadcast.put(VARIANTS_KEY, encodeVariants([variant, ...others]), revision);
      for (const { name } of all) {
        if (name !== variant.name && !others.some((each) => each.name === name)) {
          await broadcast.put(variantTextKey(name), '');
        }
      }
      return variant;
    },
    async retire(name) {
      const { all, living, revision } = await read();
      if (!all.some((each) => each.name === name)) throw unknownVariant(name);
      await broadcast.put(
        VARIANTS_KEY,
        encodeVariants(living.filter((each) => each.name !== name)),
        revision,
      );
      await broadcast.put(variantTextKey(name), '');
    },
    close: () => broadcast.stop(),
  };
}
